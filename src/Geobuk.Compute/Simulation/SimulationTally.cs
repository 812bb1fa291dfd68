using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;

namespace Geobuk.Compute.Simulation;

/// <summary>What a simulation counts.</summary>
internal sealed class SimulationTally
{
    private const double SlowdownFloorSeconds = 10;

    private readonly StartForecast _forecast = new();
    private readonly Dictionary<int, (double From, double To)> _told = [];
    private readonly List<double> _waits = [], _widths = [], _waited = [];
    private readonly SortedDictionary<string, Sums> _groups = new(StringComparer.Ordinal);
    private readonly UseOverTime _use = new();
    private double _capacity, _deviceSeconds;
    private int _covered;

    /// <summary>Jobs completed.</summary>
    public int Jobs => _waits.Count;

    /// <summary>Jobs left out.</summary>
    public int LeftOut { get; set; }

    /// <summary>Jobs cancelled.</summary>
    public int Cancelled { get; set; }

    /// <summary>Jobs stopped.</summary>
    public int Stopped { get; set; }

    /// <summary>Jobs asked to leave.</summary>
    public int Preemptions { get; set; }

    /// <summary>Starts and preemptions.</summary>
    public long Decisions { get; set; }

    /// <summary>Jobs that nothing more will happen to.</summary>
    public int Over => Jobs + LeftOut + Cancelled + Stopped;

    /// <summary>Time passes in which nothing changes.</summary>
    public void Pass(double from, double to, int there, int held, int waiting)
    {
        _capacity += there * (to - from);
        _use.Add(from, to, there, held, waiting);
    }

    /// <summary>Devices were held.</summary>
    public void Held(double deviceSeconds) => _deviceSeconds += deviceSeconds;

    /// <summary>Work was done and kept.</summary>
    public void Worked(string group, double deviceSeconds) => Of(group).Work += deviceSeconds;

    /// <summary>A job was completed.</summary>
    public void Completed(TraceJob job, double seconds)
    {
        var (wait, slowdown) = (Math.Max(0, seconds - job.Seconds), Math.Max(1, seconds / Math.Max(job.Seconds, SlowdownFloorSeconds)));
        _waits.Add(wait);
        var sums = Of(job.Group);
        sums.Jobs++;
        sums.Wait += wait;
        sums.Completion += seconds;
        sums.Slowdown += slowdown;
        Worked(job.Group, job.Seconds * job.Devices);
    }

    /// <summary>A job that did not start when it came is told when it will.</summary>
    public void Tell(int job, JobSpec spec) => _told[job] = _forecast.Interval(spec.Devices, 0);

    /// <summary>It started for the first time.</summary>
    public void Started(int job, JobSpec spec, double waited)
    {
        if (!_told.Remove(job, out var told)) return;
        if (waited >= told.From && waited <= told.To) _covered++;
        _widths.Add(told.To - told.From);
        _waited.Add(waited);
        _forecast.Started(spec.Devices, waited, told);
    }

    /// <summary>All of it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="pool">What it was replayed on.</param>
    /// <param name="load">The load.</param>
    /// <param name="seconds">Time spent deciding.</param>
    public SimulationResult Result(string policy, SimulatedPool pool, double load, double seconds)
    {
        _waits.Sort();
        _widths.Sort();
        _waited.Sort();
        var (work, jobs) = (_groups.Values.Sum(group => group.Work), Math.Max(1, Jobs));
        return new SimulationResult
        {
            Policy = policy,
            Pool = pool.Name,
            Jobs = Jobs,
            LeftOut = LeftOut,
            Cancelled = Cancelled,
            Stopped = Stopped,
            Gpus = pool.Devices,
            Load = load,
            AverageWaitSeconds = _waits.Sum() / jobs,
            P95WaitSeconds = _waits[(int)(0.95 * (_waits.Count - 1))],
            AverageCompletionSeconds = _groups.Values.Sum(group => group.Completion) / jobs,
            BoundedSlowdown = _groups.Values.Sum(group => group.Slowdown) / jobs,
            Utilization = work / Math.Max(pool.Devices, _capacity),
            Preemptions = Preemptions,
            LostDeviceSeconds = Math.Max(0, _deviceSeconds - work),
            Decisions = Decisions,
            DecisionsPerSecond = Decisions / Math.Max(1e-9, seconds),
            Forecast = _waited.Count == 0 ? null : new ForecastScore(_waited.Count, (double)_covered / _waited.Count, _widths[_widths.Count / 2], _waited[_waited.Count / 2]),
            Tenants = [.. _groups.Select(group => group.Value.Result(group.Key))],
            Use = _use.Spans,
        };
    }

    private Sums Of(string group) => _groups.TryGetValue(group, out var sums) ? sums : _groups[group] = new Sums();

    private sealed class Sums
    {
        public int Jobs { get; set; }

        public double Wait { get; set; }

        public double Completion { get; set; }

        public double Slowdown { get; set; }

        public double Work { get; set; }

        public TenantResult Result(string name) => new(name, Jobs, Wait / Math.Max(1, Jobs), Completion / Math.Max(1, Jobs), Slowdown / Math.Max(1, Jobs), Work);
    }
}
