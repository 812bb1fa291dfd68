namespace Geobuk.Corpus;

/// <summary>Passages cut out of documents.</summary>
/// <param name="Passages">How many.</param>
/// <param name="Characters">UTF-16 units of them.</param>
public sealed record CutCounts(int Passages, long Characters);
