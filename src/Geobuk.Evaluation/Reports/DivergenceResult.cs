namespace Geobuk.Evaluation.Reports;

/// <summary>Distance between two models' next-token distributions on the same tokens.</summary>
public sealed record DivergenceResult
{
    /// <summary>The model taken as the truth.</summary>
    public required string From { get; init; }
    /// <summary>The model that stands in for it.</summary>
    public required string To { get; init; }
    /// <summary>Positions compared.</summary>
    public required long Tokens { get; init; }
    /// <summary>Mean KL divergence, nats.</summary>
    public required double Mean { get; init; }
    /// <summary>Median.</summary>
    public required double Median { get; init; }
    /// <summary>99th percentile.</summary>
    public required double P99 { get; init; }
    /// <summary>Share of positions where both put the same token first.</summary>
    public required double SameTop { get; init; }
}
