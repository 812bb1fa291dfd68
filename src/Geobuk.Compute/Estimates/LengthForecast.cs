namespace Geobuk.Compute.Estimates;

/// <summary>
/// How long a job will go on, as an interval: what is expected of it, times the ratios of true to expected lengths that jobs had lately.
/// Of them only those count by which it would not be over yet.
/// </summary>
public sealed class LengthForecast
{
    /// <summary>By how much an expectation is taken to be wrong where nothing is known about that.</summary>
    private const double Unknown = 2;

    private const int Remembered = 200, Enough = 8;

    private readonly Queue<double> _ratios = new();

    /// <summary>A job was done.</summary>
    /// <param name="expected">Seconds of work that had been expected.</param>
    /// <param name="seconds">Seconds of work that it took.</param>
    public void Ended(double expected, double seconds)
    {
        if (expected <= 0) return;
        _ratios.Enqueue(seconds / expected);
        if (_ratios.Count > Remembered) _ratios.Dequeue();
    }

    /// <summary>Seconds of work that are left, in <see cref="StartForecast.Target"/> of the cases.</summary>
    /// <param name="expected">Seconds of work that are expected in all.</param>
    /// <param name="worked">Seconds of work that it has had.</param>
    public (double From, double To) Left(double expected, double worked)
    {
        var left = _ratios.Select(ratio => (ratio * expected) - worked).Where(seconds => seconds > 0).Order().ToArray();
        return left.Length < Enough
            ? (Math.Max(0, (expected / Unknown) - worked), (Unknown * Math.Max(expected, worked)) - worked)
            : (StartForecast.Quantile(left, StartForecast.MissedPerSide), StartForecast.Quantile(left, 1 - StartForecast.MissedPerSide));
    }
}
