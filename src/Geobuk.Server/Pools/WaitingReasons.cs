using Waiting = (Geobuk.Compute.Scheduling.Explanation Why, double From, double To)?;

namespace Geobuk.Server.Pools;

/// <summary>
/// Why the jobs of a list wait. To find it out for one takes a look at the whole cluster, which the scheduler waits for: all lists together
/// may take a tenth of the time, and what was found is told again for a while, the longer the more it cost.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class WaitingReasons(TimeProvider time)
{
    private const double Part = 0.1, MostCredit = 0.2, LeastHold = 3, HoldPerCost = 500;
    private const int MostKept = 10_000;

    private readonly Dictionary<long, (long Until, Waiting Found)> _known = [];
    private readonly Lock _lock = new();
    private double _credit = MostCredit;
    private long _at = time.GetTimestamp();

    /// <summary>Why a job waits, as it was found now or a while ago; null where it does not wait, or where there was no time to look yet.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="find">Finds out.</param>
    public Waiting Of(long job, Func<Waiting> find)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            (_credit, _at) = (Math.Min(MostCredit, _credit + (Part * time.GetElapsedTime(_at, now).TotalSeconds)), now);
            if (_known.TryGetValue(job, out var known) && (now < known.Until || _credit <= 0)) return known.Found;
            if (_credit <= 0) return null;
            var found = find();
            var cost = time.GetElapsedTime(now).TotalSeconds;
            _credit -= cost;
            if (_known.Count >= MostKept) _known.Clear();
            _known[job] = (time.GetTimestamp() + (long)(Math.Max(LeastHold, HoldPerCost * cost) * time.TimestampFrequency), found);
            return found;
        }
    }
}
