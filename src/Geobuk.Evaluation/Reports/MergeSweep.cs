namespace Geobuk.Evaluation.Reports;

/// <summary>merge.json: the points between base and trained weights that were scored, and the limit they were held to.</summary>
internal sealed record MergeSweep
{
    public required IReadOnlyList<string> Bands { get; init; }
    public required double Limit { get; init; }
    public required double Confidence { get; init; }
    public required IReadOnlyList<MergePoint> Points { get; init; }
}
