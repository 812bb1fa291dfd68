namespace Geobuk.Evaluation.Metrics;

/// <summary>Two models on the same tokens, position by position.</summary>
public sealed record TextDivergence
{
    /// <summary>KL(first ‖ second) of each position's next-token distribution, nats.</summary>
    public required IReadOnlyList<double> Divergences { get; init; }
    /// <summary>Positions where both put the same token first.</summary>
    public required long SameTop { get; init; }
    /// <summary>Losses of the first model at the positions whose next token is known.</summary>
    public required PerplexityResult First { get; init; }
    /// <summary>Losses of the second model.</summary>
    public required PerplexityResult Second { get; init; }
    /// <summary>Positions where the first model's likeliest token is the right one and the second's is not.</summary>
    public required int Lost { get; init; }
    /// <summary>Positions where the second model's likeliest token is the right one and the first's is not.</summary>
    public required int Gained { get; init; }
}
