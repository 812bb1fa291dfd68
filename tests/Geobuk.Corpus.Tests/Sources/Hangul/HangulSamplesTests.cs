using System.Text;
using System.Text.Json;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Sources.Hangul;

/// <summary>Real documents in two encodings are each other's oracle.</summary>
public sealed class HangulSamplesTests
{
    private static readonly string[] RefusedReasons = [RefusalReason.Encrypted, RefusalReason.Hwp3, RefusalReason.WrongExtension];

    [SkippableFact]
    public void Read_EverySample_IsReadOrRefusedForAReasonOfItsOwn()
    {
        var folder = Geobuk.Tests.TestPaths.Shared("data", "hwp-samples");
        var refused = new List<string>();
        foreach (var row in Rows(folder))
        {
            try
            {
                Assert.Single(DocumentReaders.Read(Path.Combine(folder, File(row))));
            }
            catch (RefusedDocumentException e)
            {
                Assert.Contains(e.Reason, RefusedReasons);
                refused.Add(File(row));
            }
        }

        Assert.All(refused, file => Assert.Matches("(?i)password|hwp3|dummy", file));
    }

    [SkippableFact]
    public void Read_HwpAndHwpxOfOneDocument_GiveTheSameText()
    {
        var folder = Geobuk.Tests.TestPaths.Shared("data", "hwp-samples");
        var rows = Rows(folder);
        var files = rows.ToDictionary(row => row.GetProperty("src").GetString()!, File);
        var pairs = rows.Where(row => File(row).EndsWith(".hwp") && row.TryGetProperty("pair", out var pair) && files.ContainsKey(pair.GetString()!))
            .Select(row => (File(row), files[row.GetProperty("pair").GetString()!])).ToList();

        var equal = pairs.Count(pair => Bare(folder, pair.Item1) == Bare(folder, pair.Item2));

        Assert.True(equal >= 0.95 * pairs.Count, $"{equal} of {pairs.Count} pairs agree");
    }

    [SkippableFact]
    public void Read_NumberedLists_AreNumberedAsTheWordProcessorPrintsThem()
    {
        var folder = Geobuk.Tests.TestPaths.Shared("data", "hwp-samples");
        var text = Bare(folder, "files/0202_lists.hwp");

        // As in hancom_html/lists.HTML.
        Assert.Contains("문단번호1.12.2가.2-13.3가.3-1나.3-21)3-2-12)3-2-23)3-2-34.4", text);
        Assert.Contains("문단번호세번째(새번호)I.1II.2A.2-1III.3A.3-1B.3-21.3-2-12.3-2-2", text);
        Assert.Contains("개요세번째(새번호)제1장1제2장2제1절2-1제3장3제1절3-1제2절3-2제1항3-2-1", text);
    }

    private static List<JsonElement> Rows(string folder) =>
        [.. System.IO.File.ReadLines(Path.Combine(folder, "index.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string File(JsonElement row) => row.GetProperty("file").GetString()!;

    private static string Bare(string folder, string file) =>
        DocumentReaders.Read(Path.Combine(folder, file)).Single().Text.Where(c => !char.IsWhiteSpace(c)).Aggregate(new StringBuilder(), (text, c) => text.Append(c)).ToString();
}
