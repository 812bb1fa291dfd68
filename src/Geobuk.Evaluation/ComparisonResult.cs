using Geobuk.Evaluation.Reports;
using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation;

/// <summary>Paired differences of two models; the fields that the comparison could not fill are null.</summary>
public sealed record ComparisonResult
{
    /// <summary>KL divergence of the second from the first, and the same-top rate; null on a task.</summary>
    public DivergenceResult? Kld { get; init; }
    /// <summary>Share of positions where both put the same token first; null on a task.</summary>
    public double? SameTop { get; init; }
    /// <summary>Perplexity of the first; null on a task.</summary>
    public double? PplA { get; init; }
    /// <summary>Perplexity of the second; null on a task.</summary>
    public double? PplB { get; init; }
    /// <summary>Second perplexity divided by the first with a 95 % interval; null on a task.</summary>
    public DifferenceInterval? PplRatio { get; init; }
    /// <summary>Score of the first; null on a text.</summary>
    public ScoreInterval? ScoreA { get; init; }
    /// <summary>Score of the second; null on a text.</summary>
    public ScoreInterval? ScoreB { get; init; }
    /// <summary>Second score minus first with a 95 % interval; null on a text.</summary>
    public DifferenceInterval? ScoreDifference { get; init; }
    /// <summary>Whether the second is no worse by more than the margin; on a text by perplexity, on a task by score.</summary>
    public NonInferiority? NonInferiority { get; init; }
    /// <summary>Questions, or on a text next tokens, that one model gets right and the other does not.</summary>
    public required McNemarTest Flips { get; init; }
    /// <summary>The questions behind the flips; empty on a text.</summary>
    public IReadOnlyList<ExamFlip> Questions { get; init; } = [];
}
