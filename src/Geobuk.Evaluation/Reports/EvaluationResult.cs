namespace Geobuk.Evaluation.Reports;

/// <summary>Content of evaluation.json: what was measured on base, adapted and light model.</summary>
public sealed record EvaluationResult
{
    /// <summary>Version of this form.</summary>
    public int Format { get; init; } = 1;
    /// <summary>How it was measured.</summary>
    public required EvaluationProtocol Protocol { get; init; }
    /// <summary>base, adapted, light, as far as the run has them.</summary>
    public required IReadOnlyList<ModelResult> Models { get; init; }
    /// <summary>Paired differences of neighbours: base to adapted, adapted to light.</summary>
    public required IReadOnlyList<ModelDifference> Differences { get; init; }
    /// <summary>Distance of the light model's next-token distributions; null without a light model.</summary>
    public DivergenceResult? Kld { get; init; }
    /// <summary>Seconds of measurement, all sessions of an interrupted step together.</summary>
    public required double Seconds { get; init; }
}
