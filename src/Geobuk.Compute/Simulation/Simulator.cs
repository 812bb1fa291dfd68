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
    private const int ReportedJobs = 500;
    // With nobody running and nobody coming, only rests of an hour and claims pass.
    private const double Patience = 4 * 3600;

    private readonly SimulationOptions _options;
    private readonly string _policy;
    private readonly IReadOnlyList<TraceJob> _trace;
    private readonly SimulationTally _tally = new();
    private readonly RunHistory _history = new();
    private readonly Queue<(SimulatedPool Pool, double At, ClusterState State)> _later;
    private readonly Queue<TraceDrain> _drains;
    private readonly PriorityQueue<(JobState Job, int Start), (double Time, long Id)> _ends = new();
    private readonly PriorityQueue<int, double> _cancels = new();
    private readonly PriorityQueue<double, double> _looks = new();
    private readonly Dictionary<long, (TraceJob Trace, JobState State)> _jobs = [];
    private readonly double[] _starts;
    private readonly bool[] _isOver;
    private readonly HashSet<long> _numbered, _finished = [], _broken = [];
    private readonly Dictionary<long, List<int>> _followers = [];
    private readonly bool _isTimed;
    private SimulatedPool _pool;
    private JobScheduler _scheduler;
    private ClusterState _state;
    private double _now, _changed;
    private int _there, _held, _waiting;
    private (JobSpec Spec, Refusal Why, bool IsMisfit)? _refused;

    private Simulator(Trace trace, IReadOnlyList<TraceJob> jobs, string policy, SimulationOptions options)
    {
        (_trace, _policy, _options) = (jobs, policy, options);
        _pool = options.Pool.Since(options.Origin ?? trace.Origin);
        _state = StateOf(_pool);
        _scheduler = SchedulerOf(_pool);
        _later = new Queue<(SimulatedPool, double, ClusterState)>(_pool.Changes.Select(change => (change.Pool, change.At, StateOf(change.Pool))));
        // An event of the trace is of the calendar: as seen from when it is said to have begun.
        var moved = options.Origin is { } origin && trace.Origin is { } known ? known - origin : 0;
        _drains = new Queue<TraceDrain>(trace.Drains.Select(drain => drain with { At = drain.At + moved }));
        _starts = new double[jobs.Count];
        Array.Fill(_starts, double.NaN);
        _isOver = new bool[jobs.Count];
        _numbered = jobs.Where(job => job.Id is not null).Select(job => job.Id!.Value).ToHashSet();
        _isTimed = _pool.HasCalendar || _later.Count > 0 || _pool.Changes.Select(change => change.Pool).Append(_pool).Any(pool => pool.Tenants.Any(tenant => tenant.Budget is { Hard: true })) || jobs.Any(job => double.IsFinite(job.MaxRunSeconds));
        Configured();
    }

    /// <summary>Runs jobs of a trace that says nothing beside them.</summary>
    public static SimulationResult Run(IReadOnlyList<TraceJob> jobs, string policy, SimulationOptions options, IProgress<StepReport>? progress = null, CancellationToken cancellation = default) =>
        Run(new Trace(jobs), policy, options, progress, cancellation);

    /// <summary>Runs a whole trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="policy">One of <see cref="Policies.Names"/>.</param>
    /// <param name="options">On what, and how.</param>
    /// <param name="progress">Jobs that are over.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UserInputException">No job of it can ever run there, or a number is impossible.</exception>
    public static SimulationResult Run(Trace trace, string policy, SimulationOptions options, IProgress<StepReport>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Load is { } load && load is not (> 0 and < 100)) throw new UserInputException($"--load: {load}; expected more than 0 and less than 100. 0.85 is usual.");
        return new Simulator(trace, Stretched(trace.Jobs, options), policy, options).Run(progress, cancellation);
    }

    private static double LoadOf(IReadOnlyList<TraceJob> trace, int devices) =>
        trace.Sum(job => job.Seconds * job.Devices) / (devices * Math.Max(1, trace[^1].Submitted - trace[0].Submitted));

    private static IReadOnlyList<TraceJob> Stretched(IReadOnlyList<TraceJob> trace, SimulationOptions options)
    {
        if (options.Load is not { } load) return trace;
        var factor = LoadOf(trace, options.Pool.Devices) / load;
        return [.. trace.Select(job => job with { Submitted = job.Submitted * factor, Cancelled = job.Cancelled + (job.Submitted * (factor - 1)) })];
    }

    private static ClusterState StateOf(SimulatedPool pool) => new(pool.Pools, pool.Tenants, pool.Reservations);

    private JobScheduler SchedulerOf(SimulatedPool pool)
    {
        var config = Policies.Of(_policy);
        return new JobScheduler(config with { MinRunSeconds = pool.MinRunSeconds ?? config.MinRunSeconds, CheckpointDeadlineSeconds = pool.CheckpointDeadlineSeconds ?? config.CheckpointDeadlineSeconds }, _history);
    }

    private SimulationResult Run(IProgress<StepReport>? progress, CancellationToken cancellation)
    {
        var (next, reported, rerank, tick, clock) = (0, 0, 0.0, 0.0, new Stopwatch());
        while (_tally.Over < _trace.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            var arrival = next < _trace.Count ? _trace[next].Submitted : double.PositiveInfinity;
            var end = _ends.TryPeek(out _, out var first) ? first.Time : double.PositiveInfinity;
            var happens = Math.Min(Math.Min(arrival, end), NextEvent());
            if (double.IsPositiveInfinity(happens) && _now > _changed + Patience) break;
            var look = _state.Pending.Count > 0 && _scheduler.Config.Preempts ? Math.Max(_now, tick) : double.PositiveInfinity;
            var time = Math.Max(_now, Math.Min(happens, look));
            if (double.IsPositiveInfinity(time)) break;
            _tally.Pass(_now, time, _there, _held, _waiting);
            _now = time;
            if (_now >= happens) _changed = _now;
            if (_now >= tick) tick = _now + _options.TickSeconds;
            while (_ends.TryPeek(out var ending, out var at) && at.Time <= _now)
            {
                _ends.Dequeue();
                if (ending.Job.IsRunning && ending.Job.Starts == ending.Start) Finish(ending.Job);
            }
            Change();
            clock.Start();
            if (_now >= rerank && _state.Pending.Count > 0)
            {
                _scheduler.Rerank(_state, _now);
                rerank = _now + JobScheduler.RerankSeconds;
            }
            clock.Stop();
            var arrived = next;
            for (; next < _trace.Count && _trace[next].Submitted <= _now; next++) Arrive(next);
            while (_cancels.TryPeek(out var cancelled, out var when) && when <= _now) Cancel(_cancels.Dequeue());
            Decide(clock);
            for (; arrived < next; arrived++)
                if (_jobs.TryGetValue(arrived, out var job) && job.State is { IsRunning: false, Starts: 0 }) _tally.Tell(arrived, job.State.Spec);
            if (_tally.Over / ReportedJobs > reported)
            {
                reported = _tally.Over / ReportedJobs;
                progress?.Report(new StepReport("replaying", _tally.Over, _trace.Count, "jobs"));
            }
        }
        return Result(clock.Elapsed.TotalSeconds);
    }

    /// <summary>When something happens next that is no job's coming or end.</summary>
    private double NextEvent()
    {
        var next = _cancels.TryPeek(out _, out var cancel) ? cancel : double.PositiveInfinity;
        if (_later.Count > 0) next = Math.Min(next, _later.Peek().At);
        if (_drains.Count > 0) next = Math.Min(next, _drains.Peek().At);
        while (_looks.TryPeek(out _, out var look) && look <= _now) _looks.Dequeue();
        if (_looks.TryPeek(out _, out var timed)) next = Math.Min(next, timed);
        return _isTimed ? Math.Min(next, SpentUp()) : next;
    }

    /// <summary>When a hard budget is spent by those who run, as far as the service looks.</summary>
    private double SpentUp()
    {
        var at = double.PositiveInfinity;
        foreach (var tenant in _state.Tenants)
        {
            if (tenant.Devices == 0 || tenant.Config.Budget is not { Hard: true } budget) continue;
            if (budget.GpuHours is { } hours && (hours * 3600) - ClusterState.SpentOf(tenant, _now) is > 0 and var left) at = Math.Min(at, _now + (left / tenant.Devices));
            if (budget.Won is { } won && tenant.WonRate > 0 && won - ClusterState.WonOf(tenant, _now) is > 0 and var unpaid) at = Math.Min(at, _now + (unpaid / tenant.WonRate));
        }
        return double.IsPositiveInfinity(at) ? at : Seen(at);
    }

    /// <summary>When the service looks at what is so from a time on.</summary>
    private double Seen(double at) => Math.Max(Math.Ceiling(at / _options.LookSeconds), Math.Floor(_now / _options.LookSeconds) + 1) * _options.LookSeconds;

    private void LookAt(double at)
    {
        if (at > _now && double.IsFinite(at)) _looks.Enqueue(Seen(at), Seen(at));
    }

    /// <summary>Loans and reservations of the present configuration: jobs are asked to leave before they end and begin.</summary>
    private void Configured()
    {
        var deadline = _scheduler.Config.CheckpointDeadlineSeconds;
        foreach (var expires in _pool.Pools.Select(pool => pool.Expires).OfType<double>().Distinct())
        {
            LookAt(expires - deadline);
            LookAt(expires);
        }
        foreach (var reservation in _pool.Reservations)
        {
            LookAt(reservation.From - deadline);
            LookAt(reservation.From - deadline + _options.LookSeconds);
            LookAt(reservation.Until);
        }
        Count();
    }

    private void Count() => _there = _state.Nodes.Where(node => node.Healthy && !(_state.Groups[node.Group].Pool.Expires <= _now)).Sum(node => node.Config.Devices);

    /// <summary>Nodes that are drained or resumed, and pools that are others now.</summary>
    private void Change()
    {
        if (_isTimed) Count();
        while (_drains.Count > 0 && _drains.Peek().At <= _now)
        {
            var drain = _drains.Dequeue();
            foreach (var node in _state.Nodes.Where(node => _state.NameOf(node) == drain.Node)) node.Healthy = !drain.IsDrained;
            Count();
        }
        while (_later.Count > 0 && _later.Peek().At <= _now)
        {
            var (pool, _, state) = _later.Dequeue();
            foreach (var job in ClusterMove.Homeless(_state, state, pool.IsAnonymous, _now)) Leave(job);
            ClusterMove.Carry(_state, state);
            (_pool, _state) = (pool, state);
            _scheduler = SchedulerOf(pool);
            Configured();
            foreach (var job in _state.Pending.ToList())
                if (NeverStarts(job.Spec))
                {
                    End(job);
                    LeaveOut((int)job.Spec.Id);
                }
        }
    }

    /// <summary>Looks until nothing more can be done at this moment: what victims left is taken at once.</summary>
    private void Decide(Stopwatch clock)
    {
        while (_state.Pending.Count > 0 || (_isTimed && _state.Running.Count > 0))
        {
            clock.Start();
            var decisions = _scheduler.Step(_state, _now);
            clock.Stop();
            if (decisions.Count == 0) return;
            var madeRoom = false;
            foreach (var decision in decisions)
            {
                _scheduler.Apply(_state, decision, _now);
                _tally.Decisions++;
                if (decision is StartJob start) Begin(start.Job);
                else if (decision is PreemptJob preempt) Leave(preempt.Job);
                else if (decision is StopJob stop) Stop(stop.Job);
                madeRoom |= decision is not StartJob;
            }
            // Where nobody lends, starts alone make nothing possible that was not.
            if (_pool.Tenants.Count == 0 && !madeRoom) return;
        }
    }

    private void Arrive(int index)
    {
        var trace = _trace[index];
        if (_isOver[index]) return;
        if (trace.Cancelled is { } cancelled) _cancels.Enqueue(index, cancelled);
        // What the trace does not have was done before it began.
        if (trace.After.Any(_broken.Contains))
        {
            Over(index, isDone: false);
            _tally.Cancelled++;
            return;
        }
        if (trace.After.FirstOrDefault(id => _numbered.Contains(id) && !_finished.Contains(id), -1) is >= 0 and var before)
        {
            if (!_followers.TryGetValue(before, out var followers)) _followers[before] = followers = [];
            followers.Add(index);
            return;
        }
        var job = new JobState(SpecOf(index, trace), trace.Submitted) { StartupCost = _options.RestartSeconds };
        if (NeverStarts(job.Spec))
        {
            LeaveOut(index);
            return;
        }
        _jobs[index] = (trace, job);
        _waiting += job.Spec.Devices;
        _scheduler.Enqueue(_state, job, _now);
    }

    private JobSpec SpecOf(int index, TraceJob trace)
    {
        var isAnonymous = _pool.IsAnonymous;
        var each = trace.Workers is { } workers && (!isAnonymous || trace.Devices / workers <= (_pool.NodeDevices ?? int.MaxValue)) ? trace.Devices / workers
            : _pool.NodeDevices is { } node && trace.Devices > node ? trace.Devices % node == 0 ? node : 1 : trace.Devices;
        var isOracle = Policies.IsOracle(_policy);
        return new JobSpec
        {
            Id = index,
            Tenant = _pool.Tenants.Count > 0 ? trace.Group : _options.Tenants ? $"trace/{trace.Group}" : "trace",
            Workers = trace.Devices / each,
            DevicesPerWorker = each,
            // Who is told the length knows it; on a trace of jobs that cannot be preempted the submitter's estimate is its exact length.
            EstimateSeconds = isOracle ? trace.Seconds : trace.RunClass is not null ? trace.Requested : trace.Requested ?? (trace.Preemptible ? null : trace.Seconds),
            Preemptible = trace.Preemptible || Policies.AsksAll(_policy),
            Kind = isAnonymous ? null : trace.Kind,
            Pool = isAnonymous ? null : trace.Pool,
            Label = isAnonymous ? default : trace.Label,
            Topology = trace.Topology,
            Priority = trace.Priority,
            MaxRunSeconds = trace.MaxRunSeconds,
            RunClass = !isOracle && trace.RunClass is { } known ? known : isOracle || !trace.Preemptible ? "" : $"{trace.Group}/{trace.Devices}",
        };
    }

    /// <summary>Whether the service would take such a job neither now nor after a change.</summary>
    private bool NeverStarts(JobSpec spec)
    {
        if (Refused(_state, spec) is not { } refused) return false;
        foreach (var (_, _, state) in _later)
        {
            if (Refused(state, spec) is not { } then) return false;
            refused = then;
        }
        _refused ??= (spec, refused.Why, refused.IsMisfit);
        return true;
    }

    private void LeaveOut(int index)
    {
        _tally.LeftOut++;
        Over(index, isDone: false);
    }

    /// <summary>Why the service would not take such a job: there is no room, or no account of its tenant; null where it would.</summary>
    private (Refusal Why, bool IsMisfit)? Refused(ClusterState state, JobSpec spec) =>
        Admission.Misfit(state, spec, _now) is { } misfit ? (misfit, true) : _pool.Tenants.Count > 0 && Admission.NeverAllowed(state, spec) is { } refusal ? (refusal, false) : null;

    private void Begin(JobState job)
    {
        var trace = _jobs[job.Spec.Id].Trace;
        _starts[job.Spec.Id] = _now;
        _held += job.Spec.Devices;
        _waiting -= job.Spec.Devices;
        if (!trace.IsCutOff) _ends.Enqueue((job, job.Starts), (_now + job.StartupSeconds + Math.Max(0, trace.Seconds - job.DoneSeconds), job.Spec.Id));
        LookAt(_now + job.StartupSeconds + job.Spec.MaxRunSeconds - job.DoneSeconds);
        if (job.Starts == 1) _tally.Started((int)job.Spec.Id, job.Spec, _now - job.Submitted);
    }

    /// <summary>Who cannot be asked to checkpoint begins anew.</summary>
    private void Leave(JobState job)
    {
        _tally.Preemptions++;
        if (job.Spec.Preemptible) job.DoneSeconds = job.Worked(_now);
        job.StartupSeconds = _options.RestartSeconds;
        Release(job);
        job.Preemptions++;
        _waiting += job.Spec.Devices;
        _scheduler.Enqueue(_state, job, _now);
    }

    private void Release(JobState job)
    {
        _tally.Held(job.Spec.Devices * (_now - job.Started));
        _held -= job.Spec.Devices;
        _state.Release(job, _now);
    }

    private void Finish(JobState job)
    {
        var trace = _jobs[job.Spec.Id].Trace;
        job.DoneSeconds = trace.Seconds;
        _scheduler.Learn(job, trace.IsDone ? trace.Seconds : null);
        Release(job);
        _tally.Completed(trace, _now - job.Submitted);
        _jobs.Remove(job.Spec.Id);
        Over((int)job.Spec.Id, trace.IsDone);
    }

    private void Stop(JobState job)
    {
        End(job);
        _tally.Stopped++;
        Over((int)job.Spec.Id, isDone: false);
    }

    private void Cancel(int index)
    {
        if (_isOver[index]) return;
        if (_jobs.TryGetValue(index, out var job)) End(job.State);
        _tally.Cancelled++;
        Over(index, isDone: false);
    }

    /// <summary>It goes before it is done.</summary>
    private void End(JobState job)
    {
        _tally.Worked(_jobs[job.Spec.Id].Trace.Group, job.Spec.Devices * job.Worked(_now));
        _scheduler.Learn(job, null);
        if (job.IsRunning) Release(job);
        else
        {
            _waiting -= job.Spec.Devices;
            _state.Dequeue(job);
        }
        _jobs.Remove(job.Spec.Id);
    }

    /// <summary>Those who come after it come now, or never.</summary>
    private void Over(int index, bool isDone)
    {
        _isOver[index] = true;
        if (_trace[index].Id is not { } id) return;
        (isDone ? _finished : _broken).Add(id);
        if (_followers.Remove(id, out var followers))
            foreach (var follower in followers) Arrive(follower);
    }

    private SimulationResult Result(double seconds)
    {
        foreach (var (trace, job) in _jobs.Values)
        {
            _tally.Worked(trace.Group, job.Spec.Devices * job.Worked(_now));
            if (job.IsRunning) _tally.Held(job.Spec.Devices * (_now - job.Started));
        }
        if (_tally.Jobs > 0) return _tally.Result(_policy, _options.Pool, LoadOf(_trace, _options.Pool.Devices), seconds) with { Starts = _starts, LeftOutBecause = _refused?.Why.Found.ToString(), Unfinished = _trace.Count - _tally.Over };
        throw Nothing(_options.Pool.Name, _options.Pool.Devices, _trace.Max(job => job.Devices));
    }

    /// <summary>No job of the trace was completed.</summary>
    private UserInputException Nothing(string name, int devices, int largest)
    {
        if (largest > devices) return new UserInputException($"--pool: {name} has {Counted.Of(devices, "device")}, but a job of the trace needs {largest}; expected at least {largest}.");
        if (_refused is { IsMisfit: true } misfit) return new UserInputException($"--pool: {name}, where job {misfit.Spec.Id + 1} of the trace never starts: {misfit.Why.Found}; expected room for each job, and in one pool for a gang.");
        if ((_refused?.Spec ?? _state.Pending.OrderBy(job => job.Submitted).FirstOrDefault()?.Spec) is not { } first) return new UserInputException($"--pool: {name}, where no job of the trace is ever done; expected at least one that was not cancelled.");
        return new UserInputException($"--pool: {name}, where {Counted.Of(_tally.LeftOut + _state.Pending.Count, "job")} of the trace never {(_tally.LeftOut + _state.Pending.Count == 1 ? "starts" : "start")}, the first {first.Workers} x {Counted.Of(first.DevicesPerWorker, "device")} of {first.Tenant}{(_refused is { } refused ? $": {refused.Why.Found}" : "")}; expected nodes and quotas that have room for each.");
    }
}
