namespace Geobuk.Corpus.Contamination;

/// <summary>An item of an evaluation as text.</summary>
/// <param name="Id">Unique within the evaluation.</param>
/// <param name="Parts">Question and choices; no window reaches from one into the other.</param>
public sealed record EvaluationText(string Id, IReadOnlyList<string> Parts);
