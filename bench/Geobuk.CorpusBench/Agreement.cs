using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;

namespace Geobuk.CorpusBench;

/// <summary>Reads every sample and compares the texts, white space left out: HWP with HWPX, both with what others expect.</summary>
internal static partial class Agreement
{
    [GeneratedRegex(@"(?s)<style.*?</style>|<script.*?</script>|<head.*?</head>|<[^>]+>", RegexOptions.IgnoreCase)]
    private static partial Regex Tags();

    public static int Run(string samples, bool list)
    {
        var rows = File.ReadLines(Path.Combine(samples, "index.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var texts = new Dictionary<string, string>();
        var bySource = rows.ToDictionary(row => row.GetProperty("src").GetString()!, row => row.GetProperty("file").GetString()!);
        foreach (var row in rows)
        {
            var file = row.GetProperty("file").GetString()!;
            try
            {
                var document = DocumentReaders.Read(Path.Combine(samples, file)).Single();
                texts[file] = document.Text;
                foreach (var finding in document.Findings) if (list) Console.WriteLine($"  {file}: {finding.Kind} {finding.Detail}");
            }
            catch (RefusedDocumentException e)
            {
                Console.WriteLine($"refused {e.Reason}: {e.Message}");
            }
        }
        Console.WriteLine($"{texts.Count} of {rows.Count} read");
        Compare("pairs", rows.Where(row => row.TryGetProperty("pair", out _) && row.GetProperty("file").GetString()!.EndsWith(".hwp", StringComparison.Ordinal))
            .Where(row => bySource.ContainsKey(row.GetProperty("pair").GetString()!))
            .Select(row => (Text(row), texts.GetValueOrDefault(bySource[row.GetProperty("pair").GetString()!]), row)), list);
        Compare("expected", rows.Where(row => Has(row, "expected")).Select(row => (Text(row), (string?)File.ReadAllText(Path.Combine(samples, row.GetProperty("expected").GetString()!)), row)), list);
        Compare("hancom html", rows.Where(row => Has(row, "hancom_html")).Select(row => (Text(row), (string?)Html(Path.Combine(samples, row.GetProperty("hancom_html").GetString()!)), row)), list);
        return 0;

        string? Text(JsonElement row) => texts.GetValueOrDefault(row.GetProperty("file").GetString()!);
    }

    private static bool Has(JsonElement row, string name) => row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String;

    private static string Html(string path) => System.Net.WebUtility.HtmlDecode(Tags().Replace(File.ReadAllText(path), " "));

    private static void Compare(string name, IEnumerable<(string? Ours, string? Theirs, JsonElement Row)> cases, bool list)
    {
        int exact = 0, same = 0, differ = 0, missing = 0;
        foreach (var (ours, theirs, row) in cases)
        {
            var file = row.GetProperty("file").GetString();
            if (ours is null || theirs is null)
            {
                missing++;
                if (list) Console.WriteLine($"  {name} {file}: one is missing");
                continue;
            }
            var (a, b) = (Bare(ours), Bare(theirs));
            if (a == b) exact++;
            else if (Sorted(a) == Sorted(b))
            {
                same++;
                if (list) Console.WriteLine($"  {name} {file}: other order: {Around(a, b)}");
            }
            else
            {
                differ++;
                if (list) Console.WriteLine($"  {name} {file}: {a.Length} and {b.Length} characters: {Around(a, b)}");
            }
        }
        Console.WriteLine($"{name}: {exact} equal, {same} in another order, {differ} differ, {missing} missing");
    }

    public static string Bare(string text)
    {
        var bare = new StringBuilder(text.Length);
        foreach (var c in text)
            if (!char.IsWhiteSpace(c) && c is not ('\u200B' or '\uFEFF' or '\u00AD')) bare.Append(c);
        return bare.ToString().Normalize(NormalizationForm.FormC);
    }

    private static string Sorted(string text) => new([.. text.Order()]);

    public static string Around(string a, string b)
    {
        var i = 0;
        while (i < a.Length && i < b.Length && a[i] == b[i]) i++;
        return $"at {i}: {Cut(a, i)} | {Cut(b, i)}";

        static string Cut(string text, int at) => text.Substring(Math.Max(0, at - 8), Math.Min(text.Length - Math.Max(0, at - 8), 60));
    }
}
