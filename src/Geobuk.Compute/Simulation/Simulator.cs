using System.Diagnostics;
using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Compute.Simulation;

/// <summary>The scheduler with a virtual clock: the same <see cref="JobScheduler.Step"/> as the service's, on jobs of a trace.</summary>
public sealed class Simulator
{
    private const double SlowdownFloorSeconds = 10;
    private const int ReportedJobs = 500;
    // With nobody running and nobody coming, only the policy's own times pass.
    private const double Patience = 90 * 86400.0;

    private readonly SimulationOptions _options;
    private readonly string _policy;
    private readonly IReadOnlyList<TraceJob> _trace;
    private readonly JobScheduler _scheduler;
    private readonly ClusterState _state;
    private readonly StartForecast _forecast = new();
    private readonly PriorityQueue<(JobState Job, int Start), (double Time, long Id)> _ends = new();
    private readonly Dictionary<long, (TraceJob Trace, JobState State)> _jobs = [];
    private readonly Dictionary<long, (double From, double To)> _told = [];
    private readonly List<double> _waits = [], _widths = [], _waited = [];
    private readonly double[] _starts;
    private readonly HashSet<long> _numbered, _finished = [];
    private readonly Dictionary<long, List<int>> _followers = [];
    private double _completion, _slowdown, _work, _now, _changed;
    private int _preemptions, _covered;
    private long _decisions;

    private Simulator(IReadOnlyList<TraceJob> trace, string policy, SimulationOptions options)
    {
        (_trace, _policy, _options) = (trace, policy, options);
        var config = Policies.Of(policy);
        _scheduler = new JobScheduler(config with { MinRunSeconds = options.Pool.MinRunSeconds ?? config.MinRunSeconds, CheckpointDeadlineSeconds = options.Pool.CheckpointDeadlineSeconds ?? config.CheckpointDeadlineSeconds }, new RunHistory());
        _starts = new double[trace.Count];
        _numbered = trace.Where(job => job.Id is not null).Select(job => job.Id!.Value).ToHashSet();
        _state = new ClusterState(options.Pool.Pools, options.Pool.Tenants);
    }

    /// <summary>Runs a whole trace.</summary>
    /// <param name="trace">Its jobs in the order of submission.</param>
    /// <param name="policy">One of <see cref="Policies.Names"/>.</param>
    /// <param name="options">On what, and how.</param>
    /// <param name="progress">Jobs completed.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UserInputException">A job is larger than the machine, or a number is impossible.</exception>
    public static SimulationResult Run(IReadOnlyList<TraceJob> trace, string policy, SimulationOptions options, IProgress<StepReport>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Load is { } load && load is not (> 0 and < 100)) throw new UserInputException($"--load: {load}; expected more than 0 and less than 100. 0.85 is usual.");
        var largest = trace.Max(job => job.Devices);
        if (largest > options.Pool.Devices) throw new UserInputException($"--pool: {options.Pool.Name} has {Counted.Of(options.Pool.Devices, "device")}, but a job of the trace needs {largest}; expected at least {largest}.");
        return new Simulator(Stretched(trace, options), policy, options).Run(progress, cancellation);
    }

    private static double LoadOf(IReadOnlyList<TraceJob> trace, int devices) =>
        trace.Sum(job => job.Seconds * job.Devices) / (devices * Math.Max(1, trace[^1].Submitted - trace[0].Submitted));

    private static IReadOnlyList<TraceJob> Stretched(IReadOnlyList<TraceJob> trace, SimulationOptions options)
    {
        if (options.Load is not { } load) return trace;
        var factor = LoadOf(trace, options.Pool.Devices) / load;
        return [.. trace.Select(job => job with { Submitted = job.Submitted * factor })];
    }

    private SimulationResult Run(IProgress<StepReport>? progress, CancellationToken cancellation)
    {
        var (next, done, rerank, tick, clock) = (0, 0, 0.0, 0.0, new Stopwatch());
        while (done < _trace.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            var arrival = next < _trace.Count ? _trace[next].Submitted : double.PositiveInfinity;
            var end = _ends.TryPeek(out _, out var first) ? first.Time : double.PositiveInfinity;
            if (double.IsPositiveInfinity(Math.Min(arrival, end)) && _now > _changed + Patience) throw Stuck();
            var look = _state.Pending.Count > 0 && _scheduler.Config.Preempts ? Math.Max(_now, tick) : double.PositiveInfinity;
            _now = Math.Min(Math.Min(arrival, end), look);
            if (double.IsPositiveInfinity(_now)) throw Stuck();
            if (_now == arrival || _now == end) _changed = _now;
            if (_now >= tick) tick = _now + _options.TickSeconds;
            while (_ends.TryPeek(out var ending, out var at) && at.Time <= _now)
            {
                _ends.Dequeue();
                if (ending.Job.IsRunning && ending.Job.Starts == ending.Start)
                {
                    Finish(ending.Job);
                    if (++done % ReportedJobs == 0) progress?.Report(new StepReport("replaying", done, _trace.Count, "jobs"));
                }
            }
            clock.Start();
            if (_now >= rerank && _state.Pending.Count > 0)
            {
                _scheduler.Rerank(_state, _now);
                rerank = _now + JobScheduler.RerankSeconds;
            }
            clock.Stop();
            var arrived = next;
            for (; next < _trace.Count && _trace[next].Submitted <= _now; next++) Arrive(next, _trace[next]);
            Decide(clock);
            for (; arrived < next; arrived++) Tell(arrived);
        }
        return Result(clock.Elapsed.TotalSeconds);
    }

    /// <summary>Nothing runs, nothing comes, and what waits does not start.</summary>
    private UserInputException Stuck()
    {
        var waiting = _state.Pending.OrderBy(job => job.Submitted).First();
        return new UserInputException($"--pool: {_options.Pool.Name}, where {Counted.Of(_state.Pending.Count, "job")} of the trace never {(_state.Pending.Count == 1 ? "starts" : "start")}, the first {waiting.Spec.Workers} x {Counted.Of(waiting.Spec.DevicesPerWorker, "device")} of {waiting.Spec.Tenant}; expected nodes and quotas that have room for each.");
    }

    /// <summary>Looks until nothing more can be done at this moment: what victims left is taken at once.</summary>
    private void Decide(Stopwatch clock)
    {
        while (_state.Pending.Count > 0)
        {
            clock.Start();
            var decisions = _scheduler.Step(_state, _now);
            clock.Stop();
            if (decisions.Count == 0) return;
            foreach (var decision in decisions)
            {
                _scheduler.Apply(_state, decision, _now);
                _decisions++;
                if (decision is StartJob start) Begin(start.Job);
                else if (decision is PreemptJob preempt) Leave(preempt.Job);
            }
            // Where nobody lends, starts alone make nothing possible that was not.
            if (_options.Pool.Tenants.Count == 0 && !decisions.Any(decision => decision is PreemptJob)) return;
            if (decisions.All(decision => decision is StopJob)) return;
        }
    }

    private void Arrive(int index, TraceJob trace)
    {
        // What the trace does not have was done before it began.
        if (trace.After.FirstOrDefault(id => _numbered.Contains(id) && !_finished.Contains(id), -1) is >= 0 and var before)
        {
            if (!_followers.TryGetValue(before, out var followers)) _followers[before] = followers = [];
            followers.Add(index);
            return;
        }
        var isAnonymous = _options.Pool.IsAnonymous;
        var each = trace.Workers is { } workers && (!isAnonymous || trace.Devices / workers <= (_options.Pool.NodeDevices ?? int.MaxValue)) ? trace.Devices / workers
            : _options.Pool.NodeDevices is { } node && trace.Devices > node ? trace.Devices % node == 0 ? node : 1 : trace.Devices;
        var isOracle = Policies.IsOracle(_policy);
        var job = new JobState(new JobSpec
        {
            Id = index,
            Tenant = _options.Pool.Tenants.Count > 0 ? trace.Group : _options.Tenants ? $"trace/{trace.Group}" : "trace",
            Workers = trace.Devices / each,
            DevicesPerWorker = each,
            // Who is told the length knows it; on a trace of jobs that cannot be preempted the submitter's estimate is its exact length.
            EstimateSeconds = isOracle ? trace.Seconds : trace.RunClass is not null ? trace.Requested : trace.Requested ?? (trace.Preemptible ? null : trace.Seconds),
            Preemptible = trace.Preemptible || _policy is "srsf" or "srtf" or "las",
            Kind = isAnonymous ? null : trace.Kind,
            Pool = isAnonymous ? null : trace.Pool,
            Label = isAnonymous ? default : trace.Label,
            Topology = trace.Topology,
            Priority = trace.Priority,
            MaxRunSeconds = trace.MaxRunSeconds,
            RunClass = !isOracle && trace.RunClass is { } known ? known : isOracle || !trace.Preemptible ? "" : $"{trace.Group}/{trace.Devices}",
        }, trace.Submitted)
        { StartupCost = _options.RestartSeconds };
        if (Admission.Misfit(_state, job.Spec, _now) is { } misfit)
            throw new UserInputException($"--pool: {_options.Pool.Name}, where job {index + 1} of the trace never starts: {misfit.Found}; expected room for each job, and in one pool for a gang.");
        _jobs[index] = (trace, job);
        _scheduler.Enqueue(_state, job, _now);
    }

    private void Begin(JobState job)
    {
        var trace = _jobs[job.Spec.Id].Trace;
        _starts[job.Spec.Id] = _now;
        _ends.Enqueue((job, job.Starts), (_now + job.StartupSeconds + Math.Max(0, trace.Seconds - job.DoneSeconds), job.Spec.Id));
        if (job.Starts == 1 && _told.Remove(job.Spec.Id, out var told))
        {
            var waited = _now - job.Submitted;
            if (waited >= told.From && waited <= told.To) _covered++;
            _widths.Add(told.To - told.From);
            _waited.Add(waited);
            _forecast.Started(job.Spec.Devices, waited, told);
        }
    }

    private void Leave(JobState job)
    {
        _preemptions++;
        job.DoneSeconds = job.Worked(_now);
        job.StartupSeconds = _options.RestartSeconds;
        _state.Release(job, _now);
        job.Preemptions++;
        _scheduler.Enqueue(_state, job, _now);
    }

    private void Finish(JobState job)
    {
        var trace = _jobs[job.Spec.Id].Trace;
        job.DoneSeconds = trace.Seconds;
        if (trace.IsDone) _scheduler.Learn(job, trace.Seconds);
        _state.Release(job, _now);
        var completion = _now - job.Submitted;
        _completion += completion;
        _waits.Add(Math.Max(0, completion - trace.Seconds));
        _slowdown += Math.Max(1, completion / Math.Max(trace.Seconds, SlowdownFloorSeconds));
        _work += trace.Seconds * trace.Devices;
        _jobs.Remove(job.Spec.Id);
        if (trace.Id is not { } id) return;
        _finished.Add(id);
        if (_followers.Remove(id, out var followers))
            foreach (var follower in followers) Arrive(follower, _trace[follower]);
    }

    /// <summary>A job that did not start when it came is told when it will.</summary>
    private void Tell(int index)
    {
        if (_jobs.TryGetValue(index, out var job) && job.State is { IsRunning: false, Starts: 0 } waiting)
            _told[index] = _forecast.Interval(waiting.Spec.Devices, 0);
    }

    private SimulationResult Result(double seconds)
    {
        _waits.Sort();
        _widths.Sort();
        _waited.Sort();
        return new SimulationResult
        {
            Policy = _policy,
            Pool = _options.Pool.Name,
            Jobs = _waits.Count,
            Gpus = _options.Pool.Devices,
            Load = LoadOf(_trace, _options.Pool.Devices),
            AverageWaitSeconds = _waits.Average(),
            P95WaitSeconds = _waits[(int)(0.95 * (_waits.Count - 1))],
            AverageCompletionSeconds = _completion / _waits.Count,
            BoundedSlowdown = _slowdown / _waits.Count,
            Utilization = _work / (_options.Pool.Devices * Math.Max(1, _now - _trace[0].Submitted)),
            Preemptions = _preemptions,
            Decisions = _decisions,
            Starts = _starts,
            DecisionsPerSecond = _decisions / Math.Max(1e-9, seconds),
            Forecast = _waited.Count == 0 ? null : new ForecastScore(_waited.Count, (double)_covered / _waited.Count, _widths[_widths.Count / 2], _waited[_waited.Count / 2]),
        };
    }
}
