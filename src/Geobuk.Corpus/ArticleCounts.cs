namespace Geobuk.Corpus;

/// <summary>Statute articles (조).</summary>
/// <param name="Read">In all documents read.</param>
/// <param name="Kept">In documents that are in a set.</param>
public sealed record ArticleCounts(int Read, int Kept);
