namespace Geobuk.Evaluation.Reports;

/// <summary>A mixture of base and trained weights, as merge.json of the training step describes it.</summary>
internal sealed record MergePoint
{
    public required IReadOnlyList<double> Alphas { get; init; }
    public required double Domain { get; init; }
    public required double General { get; init; }
    public double? Exam { get; init; }
    public required bool Held { get; init; }
    public required bool Pareto { get; init; }
    public required bool Chosen { get; init; }
    public IReadOnlyDictionary<string, MergeChange> Changes { get; init; } = new Dictionary<string, MergeChange>();
}
