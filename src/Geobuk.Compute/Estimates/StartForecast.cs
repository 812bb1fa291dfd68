namespace Geobuk.Compute.Estimates;

/// <summary>
/// When a waiting job will start, as an interval. What jobs of about the same size waited lately gives its ends; how far they
/// must be moved out is learnt from how often each was wrong. After each start the logarithm of an end's factor moves by
/// factor += step · (missed − share), a quantile tracked online as in the adaptive conformal inference of Gibbs and Candès
/// (2021), which keeps the long-run share of misses on each side whatever the waits do.
/// </summary>
public sealed class StartForecast
{
    /// <summary>Share of starts that the interval is to hold.</summary>
    public const double Target = 0.8;

    /// <summary>Share of starts that may be on each side of it.</summary>
    internal const double MissedPerSide = (1 - Target) / 2;

    private const double Step = 0.03, ShortestUpperEnd = 30, MostWidening = 6, MostNarrowing = -2;
    private const int Remembered = 200, Enough = 8;

    private readonly Dictionary<int, Waits> _sizes = [];

    /// <summary>The interval of the wait from now on, in seconds.</summary>
    /// <param name="devices">Devices of the job.</param>
    /// <param name="queued">Device-seconds expected to be served before it, over the devices there are: the wait if nothing went wrong.</param>
    /// <param name="waited">Seconds that it has waited already: only those who waited longer tell of it.</param>
    public (double From, double To) Interval(int devices, double queued, double waited = 0)
    {
        if (!_sizes.TryGetValue(Size(devices), out var waits) || waits.Latest.Count < Enough) return (0, Math.Max(600, 4 * queued));
        var sorted = waits.Latest.Where(wait => wait >= waited).Select(wait => wait - waited).Order().ToArray();
        if (sorted.Length < Enough && waited > 0) return (0, Math.Max(Math.Max(600, waited), 4 * queued));
        return (Quantile(sorted, MissedPerSide) * Math.Exp(-Math.Max(0, waits.Below)), Math.Max(ShortestUpperEnd, Quantile(sorted, 1 - MissedPerSide)) * Math.Exp(waits.Above));
    }

    /// <summary>A job that had been told an interval started.</summary>
    public void Started(int devices, double waited, (double From, double To) told)
    {
        if (!_sizes.TryGetValue(Size(devices), out var waits)) _sizes[Size(devices)] = waits = new Waits();
        waits.Latest.Enqueue(waited);
        if (waits.Latest.Count > Remembered) waits.Latest.Dequeue();
        waits.Above = Moved(waits.Above, waited > told.To);
        waits.Below = Moved(waits.Below, waited < told.From);
    }

    /// <summary>A miss moves an end out, a hit a little in.</summary>
    private static double Moved(double factor, bool missed) => Math.Clamp(factor + (Step * ((missed ? 1 : 0) - MissedPerSide)), MostNarrowing, MostWidening);

    private static int Size(int devices) => devices <= 1 ? 0 : devices <= 4 ? 1 : devices <= 8 ? 2 : 3;

    /// <summary>A quantile of sorted values, between them linear.</summary>
    internal static double Quantile(double[] sorted, double q)
    {
        var place = q * (sorted.Length - 1);
        var low = (int)place;
        return low + 1 < sorted.Length ? sorted[low] + ((place - low) * (sorted[low + 1] - sorted[low])) : sorted[^1];
    }

    /// <summary>What jobs of one size waited lately, and logarithms of how far the interval's ends are moved.</summary>
    private sealed class Waits
    {
        public Queue<double> Latest { get; } = new();

        public double Above { get; set; }

        public double Below { get; set; }
    }
}
