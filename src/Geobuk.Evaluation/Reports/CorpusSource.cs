namespace Geobuk.Evaluation.Reports;

/// <summary>A folder or file that the recipe names.</summary>
internal sealed record CorpusSource(string Name, string Kind, long Documents, long Kept);
