namespace Geobuk.Corpus.Contamination;

/// <summary>How much of an evaluation item stands in the training text; a line of contamination.jsonl.</summary>
/// <param name="Id">The item.</param>
/// <param name="Characters">Letters and digits of the item.</param>
/// <param name="Judged">False where the item is shorter than a window.</param>
/// <param name="Dirty">True where a window of it stands in the training text.</param>
/// <param name="Share">Share of its characters inside such windows, 0 to 1.</param>
/// <param name="Longest">Characters of the longest run of it that stands in one piece in one training document.</param>
/// <param name="Documents">Training documents that share a window with it.</param>
/// <param name="First">The first of them.</param>
public sealed record ContaminationRow(string Id, int Characters, bool Judged, bool Dirty, double Share, int Longest, int Documents, string? First);
