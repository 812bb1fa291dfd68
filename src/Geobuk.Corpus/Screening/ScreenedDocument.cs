using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Screening;

/// <summary>A document after screening.</summary>
/// <param name="Verdict">What becomes of it.</param>
/// <param name="Reason">Why it is quarantined, a <see cref="FindingKind"/>; null where it is not.</param>
/// <param name="Findings">Places in <see cref="SourceDocument.Text"/> as it was read; 0, 0 for what stands outside of it.</param>
/// <param name="Text">The text with personal data masked; the document's own text where nothing was masked.</param>
public sealed record ScreenedDocument(ScreeningVerdict Verdict, string? Reason, IReadOnlyList<Finding> Findings, string Text)
{
    /// <summary>Pieces of text that were masked, by kind.</summary>
    public IReadOnlyDictionary<string, int> Redactions { get; init; } = new Dictionary<string, int>();
}
