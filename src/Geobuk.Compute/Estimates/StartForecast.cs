namespace Geobuk.Compute.Estimates;

/// <summary>
/// When a waiting job will start, as an interval. What jobs of about the same size waited lately gives the middle; how wide it
/// must be is learnt from how often it was right: after each start the level moves by
/// level += step · (missed − (1 − target)), the adaptive conformal inference of Gibbs and Candès (2021), which keeps the long-run
/// coverage at the target whatever the waits do.
/// </summary>
public sealed class StartForecast
{
    /// <summary>Share of starts that the interval is to hold.</summary>
    public const double Target = 0.8;

    private const double Step = 0.02;
    private const int Remembered = 200, Enough = 8;

    private readonly Dictionary<int, Queue<double>> _waits = [];
    private readonly Dictionary<int, double> _miss = [];

    /// <summary>The interval of the wait from now on, in seconds.</summary>
    /// <param name="devices">Devices of the job.</param>
    /// <param name="queued">Device-seconds expected to be served before it, over the devices there are: the wait if nothing went wrong.</param>
    public (double From, double To) Interval(int devices, double queued)
    {
        var size = Size(devices);
        if (!_waits.TryGetValue(size, out var waits) || waits.Count < Enough) return (0, Math.Max(600, 4 * queued));
        var miss = Math.Clamp(_miss.GetValueOrDefault(size, 1 - Target), 0, 0.98);
        var sorted = waits.Order().ToArray();
        if (miss <= 0) return (0, 4 * sorted[^1]);
        return (Quantile(sorted, miss / 2), Quantile(sorted, 1 - (miss / 2)));
    }

    /// <summary>A job that had been told an interval started.</summary>
    public void Started(int devices, double waited, (double From, double To) told)
    {
        var size = Size(devices);
        if (!_waits.TryGetValue(size, out var waits)) _waits[size] = waits = new Queue<double>();
        waits.Enqueue(waited);
        if (waits.Count > Remembered) waits.Dequeue();
        var missed = waited < told.From || waited > told.To ? 1 : 0;
        // A miss lowers the allowed miss rate and widens the interval, a hit narrows it.
        _miss[size] = Math.Clamp(_miss.GetValueOrDefault(size, 1 - Target) - (Step * (missed - (1 - Target))), -0.2, 1);
    }

    private static int Size(int devices) => devices <= 1 ? 0 : devices <= 4 ? 1 : devices <= 8 ? 2 : 3;

    private static double Quantile(double[] sorted, double q)
    {
        var place = q * (sorted.Length - 1);
        var low = (int)place;
        return low + 1 < sorted.Length ? sorted[low] + ((place - low) * (sorted[low + 1] - sorted[low])) : sorted[^1];
    }
}
