namespace Geobuk.Training;

/// <summary>
/// Watches the loss of every step. A step whose loss or gradient is no number, or whose loss stands far above those before it, is
/// skipped; too many in a row end the training. What it remembers belongs to the checkpoint.
/// </summary>
/// <param name="deviations">Standard deviations above the mean that count as a spike; null watches for NaN and infinity only.</param>
/// <param name="limit">Skipped steps in a row that end the training.</param>
public sealed class LossGuard(double? deviations, int limit)
{
    private const int Remembered = 64, Fewest = 16;
    /// <summary>Smallest standard deviation assumed, as a share of the mean: a flat curve makes no spikes of noise.</summary>
    private const double SmallestDeviation = 0.02;

    private readonly Queue<double> _recent = new();
    private int _inARow;

    /// <summary>Why the step must be skipped; null where it may be taken.</summary>
    /// <exception cref="InvalidOperationException">The limit of skipped steps in a row is reached.</exception>
    public string? Check(long step, double loss, double gradientNorm)
    {
        var reason = Reason(loss, gradientNorm);
        if (reason is null)
        {
            _inARow = 0;
            _recent.Enqueue(loss);
            if (_recent.Count > Remembered) _recent.Dequeue();
            return null;
        }
        if (++_inARow >= limit)
            throw new InvalidOperationException($"step {step}: {reason}, skipped step {limit} in a row; the training diverged. Lower train.learning_rate or raise train.warmup_steps; the last checkpoint is kept.");
        return $"step {step}: {reason}; expected a loss like those before it. The step is skipped; {limit} in a row end the training.";
    }

    /// <summary>For the checkpoint: skipped in a row, then the recent losses.</summary>
    public double[] Save() => [_inARow, .. _recent];

    /// <summary>From a checkpoint.</summary>
    public void Restore(IReadOnlyList<double> saved)
    {
        if (saved.Count == 0) return;
        _inARow = (int)saved[0];
        _recent.Clear();
        foreach (var loss in saved.Skip(1)) _recent.Enqueue(loss);
    }

    private string? Reason(double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss)) return $"the loss is {loss}";
        if (!double.IsFinite(gradientNorm)) return $"the gradient norm is {gradientNorm}";
        if (deviations is not { } allowed || _recent.Count < Fewest) return null;
        var mean = _recent.Average();
        var deviation = Math.Max(Math.Sqrt(_recent.Average(value => (value - mean) * (value - mean))), SmallestDeviation * mean);
        return loss > mean + allowed * deviation ? $"the loss is {loss:f4}, {(loss - mean) / deviation:f1} deviations above the mean {mean:f4} of the last {_recent.Count} steps" : null;
    }
}
