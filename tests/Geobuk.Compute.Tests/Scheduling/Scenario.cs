using Geobuk.Compute.Accounting;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Tests.Scheduling;

/// <summary>
/// A random cluster with random tenants and jobs, played to its end; after each look at the queue everything that must hold is
/// checked, from the jobs' placements alone and not from the counts that the scheduler keeps.
/// </summary>
internal sealed class Scenario
{
    private const int LongestRun = 8000;

    private readonly Random _random;
    private readonly Bench _bench;
    private readonly List<JobState> _jobs = [];
    private readonly Dictionary<JobState, double> _left = [];
    private readonly List<LedgerEntry> _ledger = [];
    private readonly Dictionary<JobState, Turn> _turns = [];
    private readonly Dictionary<JobState, double> _leaving = [];
    private readonly Random? _leaves;
    private readonly int _devices, _nodes;
    private readonly double _starvation;
    private double _held;

    public Scenario(int seed)
    {
        _random = new Random(seed);
        (_nodes, _devices) = (_random.Next(1, 7), _random.Next(2) == 0 ? 8 : _random.Next(1, 5));
        var left = _nodes;
        var tenants = new List<TenantConfig>();
        for (var i = 0; i < _random.Next(0, 4); i++)
        {
            var cells = _random.Next(0, left + 1);
            left -= cells;
            tenants.Add(Bench.Tenant($"t{i}", cells, _random.Next(3) == 0 ? _random.Next(0, 3) : null, _random.Next(3) == 0 ? _random.Next(0, cells + 1) : null, _random.Next(4) == 0 ? null : "all"));
        }
        // Bounds on what is held at once, in a quarter of the tenants.
        var bounds = new Random(seed + 1);
        for (var i = 0; i < tenants.Count; i++)
            if (bounds.Next(4) == 0) tenants[i] = tenants[i] with { MaxDevices = bounds.Next(1, (_nodes * _devices) + 1) };
        // In half of the scenarios nobody leaves at once.
        _leaves = bounds.Next(2) == 0 ? bounds : null;
        var policy = Policies.Of(Policies.Default);
        // Sixty days would never come; a third of the scenarios promises everybody's turn sooner.
        _starvation = _random.Next(3) == 0 ? _random.Next(1000, 10_000) : policy.StarvationSeconds;
        _bench = new Bench(_nodes, _devices, tenants, policy with { StarvationSeconds = _starvation });
    }

    /// <summary>What does not hold; null where all does.</summary>
    public string? Play()
    {
        for (var round = 0; round < 12; round++)
        {
            for (var i = _random.Next(0, 5); i > 0; i--) Submit();
            if (Look() is { } wrong) return $"round {round}: {wrong}";
            Pass(_random.Next(1, 4000));
        }
        for (var round = 0; round < 400 && _jobs.Any(job => _left.ContainsKey(job)); round++)
        {
            if (Look() is { } wrong) return $"at the end: {wrong}";
            var running = _jobs.Where(job => job.IsRunning).ToList();
            if (running.Count == 0 && _bench.State.Pending.Select(job => job.BorrowsFrom).Where(from => from > _bench.Now).Order().FirstOrDefault() is > 0 and var from)
            {
                Pass(from - _bench.Now);
                continue;
            }
            if (running.Count == 0) return Stuck();
            Pass(Math.Max(1, running.Min(job => _left[job])));
        }
        if (_jobs.Any(job => _left.ContainsKey(job))) return "jobs are left after 400 rounds";
        if (LedgerEntry.Defect(_ledger) is { } defect) return $"the ledger: {defect}";
        var entered = _ledger.Sum(entry => entry.Busy + entry.Idle + entry.LostToPreemption + entry.LostToFailure + entry.Checkpointing);
        if (Math.Abs(entered - _held) > 1e-6 * Math.Max(1, _held)) return $"the ledger has {entered} device-seconds of {_held}";
        var spent = _bench.State.Tenants.Where(tenant => tenant.Parent < 0).Sum(tenant => ClusterState.SpentOf(tenant, _bench.Now));
        return Math.Abs(spent - _held) > 1e-6 * Math.Max(1, _held) ? $"{spent} device-seconds are counted of {_held}" : null;
    }

    private void Submit()
    {
        var each = _random.Next(1, _devices + 1);
        var most = (_devices / each) * _nodes;
        var job = _bench.Submit(each, _random.Next(3) == 0 ? _random.Next(1, most + 1) : 1, $"t{_random.Next(0, 5)}", _random.Next(5) == 0 ? _random.Next(0, 101) : 50, _random.Next(2) == 0, _random.Next(2) == 0 ? null : _random.Next(1, 8000));
        _jobs.Add(job);
        _left[job] = _random.Next(1, LongestRun);
    }

    private string? Look()
    {
        var now = _bench.Now;
        var started = new HashSet<JobState>();
        for (var i = 0; ; i++)
        {
            if (i > 200) return "the scheduler does not come to rest";
            var decisions = _bench.Scheduler.Step(_bench.State, now);
            if (decisions.Count == 0) return Check();
            foreach (var decision in decisions)
            {
                if (decision is PreemptJob { For: { } by } preempt)
                {
                    if (started.Contains(preempt.Job) && !preempt.Job.Placement!.Charge.Borrowed) return $"job {preempt.Job.Spec.Id} started and was preempted at once for job {by.Spec.Id}: a cycle";
                    if (!preempt.Job.Spec.Preemptible) return $"job {preempt.Job.Spec.Id} cannot be preempted and was";
                }
                _bench.Scheduler.Apply(_bench.State, decision, now);
                if (decision is StartJob) started.Add(decision.Job);
                if (decision is PreemptJob)
                {
                    if (_leaves is not null) _leaving[decision.Job] = now + _leaves.Next(1, 100);
                    else Leave(decision.Job);
                    started.Remove(decision.Job);
                }
            }
        }
    }

    private string? Check()
    {
        var running = _jobs.Where(job => job.IsRunning).ToList();
        foreach (var job in running)
        {
            var shares = job.Placement!.Shares;
            if (shares.Sum(share => share.Devices) != job.Spec.Devices || shares.Any(share => share.Devices % job.Spec.DevicesPerWorker != 0)) return $"job {job.Spec.Id} is placed in part";
            if (shares.Select(share => share.Node).Distinct().Count() != shares.Count) return $"job {job.Spec.Id} has a node twice";
            if (job.Placement.Charge.Borrowed && !job.Spec.Preemptible) return $"job {job.Spec.Id} borrows and cannot leave";
        }
        for (var node = 0; node < _nodes; node++)
        {
            var here = running.SelectMany(job => job.Placement!.Shares.Where(share => share.Node == node).Select(share => (job, share.Devices))).ToList();
            if (here.Sum(share => share.Devices) > _devices) return $"node {node} holds more than it has";
            if (here.Where(share => !share.job.Placement!.Charge.Borrowed).Select(share => share.job.Placement!.Charge.Slot).Distinct().Count() > 1) return $"node {node} is the cell of two";
        }
        var group = _bench.State.Groups[0];
        for (var slot = 0; slot < _bench.State.Slots.Count; slot++)
        {
            var firm = running.Where(job => job.Placement!.Charge == new Charge(slot, false)).ToList();
            if (firm.SelectMany(job => job.Placement!.Shares).Select(share => share.Node).Distinct().Count() > group.Cells[slot]) return $"slot {slot} holds more cells than its quota";
            var borrowed = running.Where(job => job.LeaveBy is null && job.Placement!.Charge == new Charge(slot, true)).Sum(job => job.Spec.Devices);
            if (slot > 0 && borrowed > group.BorrowLimits[slot] * _devices) return $"slot {slot} borrows beyond its limit";
        }
        // Who has been asked to give back is lent nothing any more.
        var lent = running.Where(job => job.LeaveBy is null && job.Placement!.Charge.Borrowed).Sum(job => job.Spec.Devices);
        var lendable = Enumerable.Range(1, _bench.State.Slots.Count - 1).Where(slot => _bench.State.CohortOf(_bench.State.Slots[slot]) == "all")
            .Sum(slot => Math.Max(0, Math.Min(group.LendLimits[slot] * _devices, (group.Cells[slot] * _devices) - running.Where(job => job.LeaveBy is null && job.Placement!.Charge == new Charge(slot, false)).Sum(job => job.Spec.Devices))));
        if (lent > lendable) return $"{lent} devices are lent of {lendable} that may be";
        foreach (var tenant in _bench.State.Tenants)
            if (tenant.Config.MaxDevices is { } most && running.Where(job => ClusterState.IsWithin(job.Spec.Tenant, tenant.Config.Path)).Sum(job => job.Spec.Devices) is var held && held > most) return $"{tenant.Config.Path} holds {held} devices and may hold {most}";
        // Who has been asked and is still there stands in everybody's way.
        return _leaving.Count > 0 ? null : Private(running) ?? Starved(running);
    }

    private void Leave(JobState job)
    {
        Enter(job, ReleaseCause.Checkpointed);
        _bench.Leave(job);
        _leaving.Remove(job);
    }

    /// <summary>Whether the tenant's bound lets the job start beside those of it that run.</summary>
    private bool IsWithinBound(JobState job, IEnumerable<JobState> running) =>
        _bench.State.Tenants[job.Tenant].Config.MaxDevices is not { } most || running.Where(other => other.Tenant == job.Tenant).Sum(other => other.Spec.Devices) + job.Spec.Devices <= most;

    private void Enter(JobState job, ReleaseCause cause)
    {
        var use = new AttemptUse(job.Spec.Devices, _bench.Now - job.Started, 0, 0, cause);
        var entry = use.Enter(new LedgerEntry { At = _bench.Now, Job = job.Spec.Id, Attempt = job.Starts, Tenant = job.Spec.Tenant, Pool = _bench.Pool.Name });
        _ledger.Add(entry.Chained(_ledger.Count + 1, _ledger.Count == 0 ? LedgerEntry.Origin : _ledger[^1].Hash));
    }

    /// <summary>
    /// A job that has waited for the policy's bound is delayed no more by those who came later: it starts at the latest when all
    /// who ran then, who had waited as long before it, and who have a greater claim (priority, or cells that they take back) have
    /// had what they need, one after another.
    /// </summary>
    private string? Starved(List<JobState> running)
    {
        foreach (var job in running) _turns.Remove(job);
        foreach (var job in _bench.State.Pending)
        {
            // Who is held back by the bound of his own tenant waits for that tenant.
            if (_bench.Now - job.QueuedAt <= _starvation || !MayRunShared(job) || _bench.State.Tenants[job.Tenant].Config.MaxDevices is not null) continue;
            if (!_turns.TryGetValue(job, out var turn)) _turns[job] = turn = new Turn(_bench.Now, [.. _jobs.Where(other => other != job && _left.ContainsKey(other) && (other.IsRunning || _bench.Now - other.QueuedAt > _starvation))]);
            foreach (var other in _jobs.Where(other => other != job && _left.ContainsKey(other) && (other.Spec.Priority > job.Spec.Priority || _bench.State.Tenants[other.Tenant].Slot != NodeGroup.Shared))) turn.Before.Add(other);
            if (_bench.Now - turn.Since > (turn.Before.Count + 1.0) * LongestRun) return $"job {job.Spec.Id} has waited {_bench.Now - job.QueuedAt} s; the bound is {_starvation} s";
        }
        return null;
    }

    /// <summary>Whether the shared cells alone could hold it: what is only lent can always be taken back.</summary>
    private bool MayRunShared(JobState job) =>
        (long)_bench.State.Groups[0].Cells[NodeGroup.Shared] * (_devices / job.Spec.DevicesPerWorker) >= job.Spec.Workers;

    /// <summary>A tenant whose only waiting job would fit into its own cells beside its own jobs does not wait for anybody else.</summary>
    private string? Private(List<JobState> running)
    {
        for (var slot = 1; slot < _bench.State.Slots.Count; slot++)
        {
            var waiting = _bench.State.Pending.Where(job => _bench.State.Tenants[job.Tenant].Slot == slot).ToList();
            if (waiting is not [var only] || !IsWithinBound(only, running)) continue;
            var own = running.Where(job => job.Placement!.Charge == new Charge(slot, false)).SelectMany(job => job.Placement!.Shares).GroupBy(share => share.Node).Select(node => _devices - node.Sum(share => share.Devices)).ToList();
            own.AddRange(Enumerable.Repeat(_devices, Math.Max(0, _bench.State.Groups[0].Cells[slot] - own.Count)));
            if (own.Sum(free => free / only.Spec.DevicesPerWorker) >= only.Spec.Workers) return $"job {only.Spec.Id} of slot {slot} waits though its tenant's own cells have room";
        }
        return null;
    }

    private string? Stuck()
    {
        // What waits now can never run: larger than its tenant's cells, what is shared and what may be borrowed.
        foreach (var job in _bench.State.Pending)
        {
            var group = _bench.State.Groups[0];
            var rooms = new List<int> { group.Cells[0], group.Cells[_bench.State.Tenants[job.Tenant].Slot] };
            if (IsWithinBound(job, []) && rooms.Any(cells => (long)cells * (_devices / job.Spec.DevicesPerWorker) >= job.Spec.Workers)) return $"job {job.Spec.Id} waits on an empty cluster";
        }
        return null;
    }

    private void Pass(double seconds)
    {
        var end = _bench.Now + seconds;
        while (true)
        {
            var next = _jobs.Where(job => job.IsRunning).OrderBy(job => job.Started + _left[job] - job.DoneSeconds).FirstOrDefault();
            var at = next is null ? end : Math.Max(_bench.Now, next.Started + _left[next] - next.DoneSeconds);
            if (_leaving.Count > 0 && _leaving.MinBy(pair => pair.Value) is var first && first.Value < Math.Min(at, end))
            {
                Hold(first.Value);
                Leave(first.Key);
                if (Look() is { } wrong) throw new InvalidOperationException(wrong);
                continue;
            }
            var to = Math.Min(at, end);
            Hold(to);
            if (next is null || at > end) return;
            Enter(next, ReleaseCause.Done);
            _bench.Finish(next);
            _left.Remove(next);
            _leaving.Remove(next);
        }
    }

    private void Hold(double until)
    {
        _held += _jobs.Where(job => job.IsRunning).Sum(job => job.Spec.Devices) * (until - _bench.Now);
        _bench.Now = until;
    }

    /// <summary>Since when a job has waited too long, and who may still go before it.</summary>
    private sealed record Turn(double Since, HashSet<JobState> Before);
}
