namespace Geobuk.Compute.Scheduling;

/// <summary>One priority's turn: who waited too long, then the oldest where it is promised a start, then the tenants by their shares.</summary>
internal sealed class QueuePass(ClusterState state, SchedulerConfig config, SchedulingCycle cycle, int priority, Dictionary<int, PendingQueue> tenants, double now)
{
    private const double ShareHorizonSeconds = 3600;

    private readonly Dictionary<int, int[]> _lines = [];
    private readonly Dictionary<int, double> _used = [];

    /// <summary>False where the policy lets nobody pass a job that does not fit.</summary>
    public bool Run()
    {
        if (!double.IsPositiveInfinity(config.StarvationSeconds))
            foreach (var job in state.Pending.Where(job => job.Spec.Priority == priority && now - job.QueuedAt > config.StarvationSeconds).OrderBy(job => job.QueuedAt))
                Consider(job, promise: true, hold: true);
        if (config.OldestFirst && !cycle.AllPreemptible)
            while (Oldest() is { } job && Consider(job, promise: true)) { }
        return config.FairShare ? ByShare() : tenants.Values.All(queue => Each(queue, untilStart: false) is not null);
    }

    /// <summary>Whose turn it is: the oldest job, with shares that of the tenant who used least.</summary>
    private JobState? Oldest()
    {
        var turn = config.FairShare && tenants.Count > 1 ? tenants.Where(pair => pair.Value.Any(job => !cycle.IsHandled(job))).Select(pair => pair.Key).Aggregate(-1, (a, b) => a < 0 || Compare(b, a) < 0 ? b : a) : -1;
        foreach (var job in state.Pending)
            if (job.Spec.Priority == priority && (turn < 0 || job.Tenant == turn) && !cycle.IsHandled(job) && cycle.Refusal(job) is null) return job;
        return null;
    }

    /// <summary>Tenants take turns: after each start it is again the turn of whoever used least for his weight.</summary>
    private bool ByShare()
    {
        var open = tenants.Where(pair => pair.Value.Count > 0).ToDictionary(pair => pair.Key, pair => (Queue: pair.Value, From: 0));
        while (open.Count > 0 && !cycle.IsExhausted)
        {
            var tenant = open.Keys.Aggregate((a, b) => Compare(a, b) <= 0 ? a : b);
            var (queue, from) = open[tenant];
            if (Each(queue, untilStart: true, from) is not { } next) return false;
            if (next >= queue.Count) open.Remove(tenant);
            else open[tenant] = (queue, next);
        }
        return true;
    }

    /// <summary>Goes through a queue; gives where it got to, null where the policy stops at a job that does not fit.</summary>
    private int? Each(PendingQueue queue, bool untilStart, int from = 0)
    {
        for (var i = from; i < queue.Count; i++)
        {
            if (cycle.IsExhausted) return queue.Count;
            if (cycle.IsHandled(queue[i])) continue;
            var started = Consider(queue[i], promise: config.Backfill == Backfill.Easy && !config.OldestFirst);
            if (!started && config.Backfill == Backfill.None) return null;
            if (started && untilStart) return i + 1;
        }
        return queue.Count;
    }

    private bool Consider(JobState job, bool promise, bool hold = false)
    {
        if (cycle.IsHandled(job)) return true;
        if (cycle.Refusal(job) is not null) return false;
        if (cycle.TryStart(job) || cycle.TryPreempt(job)) return true;
        if (promise) cycle.Promise(job, hold);
        return false;
    }

    /// <summary>Level by level from the top, as in a fair tree: at the first level where they part, who used less for his weight goes first.</summary>
    private int Compare(int a, int b)
    {
        var (left, right) = (Line(a), Line(b));
        for (var level = 0; level < Math.Min(left.Length, right.Length); level++)
            if (left[level] != right[level])
                return Used(left[level]).CompareTo(Used(right[level])) is var used and not 0 ? used : left[level].CompareTo(right[level]);
        return left.Length.CompareTo(right.Length);
    }

    private int[] Line(int tenant)
    {
        if (_lines.TryGetValue(tenant, out var known)) return known;
        var line = new List<int>();
        for (var index = tenant; index >= 0; index = state.Tenants[index].Parent) line.Insert(0, index);
        return _lines[tenant] = [.. line];
    }

    /// <summary>Device-seconds used, with what is held now counted for an hour, over the weight.</summary>
    private double Used(int tenant)
    {
        if (!_used.TryGetValue(tenant, out var before))
            _used[tenant] = before = state.UsageOf(state.Tenants[tenant], now) + (state.Tenants[tenant].Devices * ShareHorizonSeconds);
        return (before + (cycle.Given.GetValueOrDefault(tenant) * ShareHorizonSeconds)) / state.Tenants[tenant].Config.Weight;
    }
}
