namespace Geobuk.Training;

/// <summary>What one optimizer step did.</summary>
/// <param name="Step">Steps done, this one included.</param>
/// <param name="Loss">Mean over the step's predictions, nats.</param>
/// <param name="LearningRate">Rate used.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="Tokens">Tokens of this step.</param>
public sealed record StepMetrics(long Step, double Loss, double LearningRate, double GradientNorm, int Tokens)
{
    /// <summary>Why the weights were left as they were; null where they moved.</summary>
    public string? Skipped { get; init; }
}
