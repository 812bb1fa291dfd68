using System.Text.Encodings.Web;
using System.Text.Json;
using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Sources;
using Geobuk.Models;

namespace Geobuk.Corpus;

/// <summary>A quarantined document of a corpus, read again from its source: a corpus holds nothing of its text.</summary>
/// <param name="Dropped">Its line in dropped.jsonl.</param>
/// <param name="Document">As it was read; null where it cannot be read, or has changed since.</param>
/// <param name="Findings">What screening finds in it.</param>
/// <param name="Problem">Why there is no document; null where there is one.</param>
public sealed record QuarantinedItem(DroppedDocument Dropped, SourceDocument? Document, IReadOnlyList<Finding> Findings, string? Problem)
{
    private static readonly JsonSerializerOptions Lines = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The quarantined documents that a corpus folder lists, without reading them.</summary>
    /// <exception cref="UserInputException">No corpus there.</exception>
    public static IReadOnlyList<DroppedDocument> List(string corpusFolder)
    {
        var path = Path.Combine(corpusFolder, "dropped.jsonl");
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected the folder of a corpus. Name the folder that geobuk corpus build or the corpus step wrote.");
        return [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<DroppedDocument>(line, Lines)!).Where(document => document.Quarantined)];
    }

    /// <summary>Reads one again, from the place that the recipe named when the corpus was made.</summary>
    public static QuarantinedItem Read(DroppedDocument dropped)
    {
        if (dropped.Item is null) return new QuarantinedItem(dropped, null, [], dropped.Detail);
        try
        {
            var file = FileOf(dropped);
            if (file is null) return new QuarantinedItem(dropped, null, [], "the file is not where it was");
            if (DocumentReaders.Read(file).FirstOrDefault(document => document.Id == dropped.Id) is not { } document) return new QuarantinedItem(dropped, null, [], "the file does not hold it any more");
            var findings = DocumentScreen.Of(document, ScreeningPolicy.Default).Findings;
            return ReviewItem.Of(dropped.Reason, document.Text, findings) == dropped.Item
                ? new QuarantinedItem(dropped, document, findings, null)
                : new QuarantinedItem(dropped, null, [], "it has changed since the corpus was made");
        }
        catch (UserInputException fault)
        {
            return new QuarantinedItem(dropped, null, [], fault.Message);
        }
    }

    /// <summary>The item whose hash begins with <paramref name="prefix"/>.</summary>
    /// <exception cref="UserInputException">None, several, or one on which nothing can be decided.</exception>
    public static QuarantinedItem Find(string corpusFolder, string prefix)
    {
        var all = List(corpusFolder);
        var found = prefix.Length < 8 ? [] : all.Where(document => document.Item?.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) == true).DistinctBy(document => document.Item).ToList();
        if (found is not [var only])
            throw new UserInputException($"{prefix}: {found.Count} quarantined items begin so; expected exactly one, by at least 8 digits. geobuk corpus review {corpusFolder} lists {all.Count(document => document.Item is not null)}.");
        var item = Read(only);
        return item.Document is not null ? item : throw new UserInputException($"{only.Source}/{only.Id}: {item.Problem}; expected the document that was quarantined. Build the corpus again.");
    }

    private static SourceFile? FileOf(DroppedDocument dropped)
    {
        if (File.Exists(dropped.Source)) return new SourceFile(dropped.Source, dropped.Source, Path.GetFileName(dropped.Source));
        // A document of many in one file is named by the file, #, and its own name.
        for (var end = dropped.Id.Length; end > 0; end = dropped.Id.LastIndexOf('#', end - 1))
        {
            var id = dropped.Id[..end];
            if (File.Exists(Path.Combine(dropped.Source, id))) return new SourceFile(dropped.Source, Path.Combine(dropped.Source, id), id);
        }
        return null;
    }
}
