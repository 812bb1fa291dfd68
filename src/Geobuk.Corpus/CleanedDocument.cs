using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>A document as it may be used: screened, personal data masked, and without what the recipe cuts by its structure.</summary>
/// <param name="Admitted">What the door to the corpus says of it; a quarantined document is not cleaned.</param>
/// <param name="Text">The text.</param>
/// <param name="Supplement">Where the supplementary provisions begin in it; null where it has none.</param>
/// <param name="Cuts">What was cut.</param>
internal sealed record CleanedDocument(AdmittedDocument Admitted, string Text, int? Supplement, IReadOnlyList<CutText> Cuts)
{
    /// <summary>Cleans; the same for the same document and configuration.</summary>
    public static CleanedDocument Of(AdmittedDocument admitted, CleaningConfig config)
    {
        if (admitted.Reason is not null) return new CleanedDocument(admitted, admitted.Text, null, []);
        var (document, screened) = (admitted.Document, admitted.Screened);
        var cuts = StatuteCuts.Of(document, config).ToList();
        var edits = new TextEdits([
            .. cuts.Select(cut => new TextEdit(cut.Span.Start, cut.Span.Length, "")),
            .. screened.Findings.Where(finding => FindingKind.Personal.Contains(finding.Kind)).Select(finding => new TextEdit(finding.Start, finding.Length, FindingKind.Placeholder(finding.Kind)))]);
        var text = cuts.Count == 0 ? screened.Text : edits.Apply(document.Text);
        var trimmed = text.Trim('\n');
        var supplement = config.Supplements == SupplementPolicy.Drop ? null : StatuteCuts.SupplementStart(document);
        var place = supplement is { } start ? edits.Map(start) - (text.Length - text.TrimStart('\n').Length) : (int?)null;
        return new CleanedDocument(admitted, trimmed, place, [.. cuts.Select(cut => Row(document, cut.Span, cut.Kind))]);
    }

    /// <summary>The text of a document of the first pass: as kept, or read, screened and cleaned again.</summary>
    /// <exception cref="UserInputException">The file has changed since.</exception>
    public static string TextOf(DocumentEntry entry, CleaningConfig config, DocumentAdmission admission)
    {
        if (entry.Text is { } kept) return kept;
        var text = Of(admission.Of(DocumentReaders.ReadAt(entry.File, entry.Location)), config).Text;
        return ContentHash.Of(text) == entry.Hash
            ? text
            : throw new UserInputException($"{entry.File.Path}: changed while the corpus was built; expected files that stay as they are. Run the step again.");
    }

    /// <summary>Where it came from and what was done to it.</summary>
    /// <param name="fileHash">SHA-256 of its file.</param>
    /// <param name="hash">Hash of its text.</param>
    public DocumentOrigin OriginOf(string fileHash, ContentHash hash) => new(
        Admitted.Document.Format, fileHash, ReferenceEquals(Text, Admitted.Document.Text) ? hash : ContentHash.Of(Admitted.Document.Text), Admitted.License, Admitted.Screened.Redactions, Admitted.Decisions)
    {
        Cuts = Cuts.GroupBy(cut => cut.Kind).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
    };

    private static CutText Row(SourceDocument document, TextSpan span, string kind)
    {
        while (span.Length > 1 && document.Text[span.Start] == '\n') span = new TextSpan(span.Start + 1, span.Length - 1);
        return new CutText(document.Id, document.Source, kind, span.Length, CutText.Shown(document.Text, span));
    }
}
