using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>A document as it may be used: screened, personal data masked, and without what the recipe cuts by its structure.</summary>
/// <param name="Screened">What screening found; a quarantined document is not cleaned.</param>
/// <param name="Text">The text.</param>
/// <param name="Supplement">Where the supplementary provisions begin in it; null where it has none.</param>
/// <param name="Cuts">What was cut.</param>
internal sealed record CleanedDocument(ScreenedDocument Screened, string Text, int? Supplement, IReadOnlyList<CutText> Cuts)
{
    /// <summary>Screens and cleans; the same for the same document and configuration.</summary>
    public static CleanedDocument Of(SourceDocument document, CleaningConfig config)
    {
        var screened = DocumentScreen.Of(document, ScreeningPolicy.Default);
        if (screened.Verdict == ScreeningVerdict.Quarantined) return new CleanedDocument(screened, screened.Text, null, []);
        var cuts = StatuteCuts.Of(document, config).ToList();
        var edits = new TextEdits([
            .. cuts.Select(cut => new TextEdit(cut.Span.Start, cut.Span.Length, "")),
            .. screened.Findings.Select(finding => new TextEdit(finding.Start, finding.Length, FindingKind.Placeholder(finding.Kind)))]);
        var text = cuts.Count == 0 ? screened.Text : edits.Apply(document.Text);
        var trimmed = text.Trim('\n');
        var supplement = config.Supplements == SupplementPolicy.Drop ? null : StatuteCuts.SupplementStart(document);
        var place = supplement is { } start ? edits.Map(start) - (text.Length - text.TrimStart('\n').Length) : (int?)null;
        return new CleanedDocument(screened, trimmed, place, [.. cuts.Select(cut => Row(document, cut.Span, cut.Kind))]);
    }

    /// <summary>The text of a document of the first pass: as kept, or read, screened and cleaned again.</summary>
    /// <exception cref="UserInputException">The file has changed since.</exception>
    public static string TextOf(DocumentEntry entry, CleaningConfig config)
    {
        if (entry.Text is { } kept) return kept;
        var text = Of(DocumentReaders.ReadAt(entry.File, entry.Location), config).Text;
        return ContentHash.Of(text) == entry.Hash
            ? text
            : throw new UserInputException($"{entry.File.Path}: changed while the corpus was built; expected files that stay as they are. Run the step again.");
    }

    private static CutText Row(SourceDocument document, TextSpan span, string kind)
    {
        while (span.Length > 1 && document.Text[span.Start] == '\n') span = new TextSpan(span.Start + 1, span.Length - 1);
        return new CutText(document.Id, document.Source, kind, span.Length, CutText.Shown(document.Text, span));
    }
}
