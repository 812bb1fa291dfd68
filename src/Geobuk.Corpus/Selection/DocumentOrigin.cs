using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Screening;

namespace Geobuk.Corpus.Selection;

/// <summary>Where a document came from and what was done to its text before it was selected.</summary>
/// <param name="Format">What it was read as.</param>
/// <param name="FileSha256">SHA-256 of its file.</param>
/// <param name="ReadSha256">SHA-256 of its text as it was read.</param>
/// <param name="License">On what basis it may be used.</param>
/// <param name="Redactions">Pieces of text that were masked, by kind.</param>
/// <param name="Releases">Reviewers' decisions that let it through.</param>
public sealed record DocumentOrigin(
    string Format, string FileSha256, ContentHash ReadSha256, LicenseDecision License, IReadOnlyDictionary<string, int> Redactions, IReadOnlyList<ReviewDecision> Releases)
{
    /// <summary>Pieces of text that were cut by their structure, by kind.</summary>
    public IReadOnlyDictionary<string, int> Cuts { get; init; } = new Dictionary<string, int>();
}
