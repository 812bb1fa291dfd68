using System.Data.Common;
using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Wording;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

/// <summary>
/// The live service: one loop that looks at what ended, asks the scheduler, writes down what it wants, and does it. A start is in
/// the store before the engine hears of it; after a crash <see cref="Recover"/> finds each attempt running, ended, or never begun.
/// </summary>
public sealed partial class ComputeService : IDisposable
{
    private const double SlowestLookSeconds = 0.5;
    private const int MostFailedStarts = 3;
    private const int LongestDetail = 500;
    private const string Self = "geobuk";

    private readonly ComputeConfig _config;
    private readonly ComputeStore _store;
    private readonly Func<string, IComputeEngine> _engineOf;
    private readonly ServiceClock _clock;
    private ClusterState _state;
    private JobScheduler _scheduler;
    private StartForecast _starts;
    private LengthForecast _lengths;
    private double _rerankAt;
    private readonly Dictionary<long, LiveJob> _live = [];
    private readonly Dictionary<long, JobPhase> _over = [];
    private readonly SemaphoreSlim _signal = new(0);
    private readonly Lock _lock = new();
    private long _lastId;

    /// <param name="config">Pools, tenants, policy.</param>
    /// <param name="store">What survives.</param>
    /// <param name="engineOf">The engine of a pool.</param>
    /// <param name="time">The clock.</param>
    public ComputeService(ComputeConfig config, ComputeStore store, Func<string, IComputeEngine> engineOf, TimeProvider? time = null)
    {
        (_config, _store, _engineOf, _clock) = (config, store, engineOf, new ServiceClock(time ?? TimeProvider.System, store));
        Recover();
    }

    /// <summary>Seconds since 1970, by a clock that nobody sets (<see cref="ServiceClock"/>).</summary>
    public double Now => _clock.Now;

    /// <summary>Looks at the queue now rather than soon.</summary>
    public void Wake()
    {
        if (_signal.CurrentCount == 0) _signal.Release();
    }

    /// <summary>Works until told to stop; jobs go on running.</summary>
    /// <param name="tell">Is told when the database cannot be used, and when it can again.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RunAsync(Action<string> tell, CancellationToken cancellation)
    {
        for (string? told = null; !cancellation.IsCancellationRequested;)
        {
            Tick();
            // A call may have met the trouble before the loop did.
            if (Trouble is var trouble && trouble != told) tell((told = trouble) ?? "the database can be written again; the service goes on.");
            try
            {
                await _signal.WaitAsync(TimeSpan.FromSeconds(SlowestLookSeconds), cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>One look: what ended, what is overdue, what can start.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            if (!IsUsable()) return;
            try
            {
                Step();
            }
            catch (DbException fault) when (_store.IsOwn)
            {
                Trouble = InTrouble(fault.Message);
            }
        }
    }

    private void Step()
    {
        var acts = new List<Action>();
        _store.Together(() =>
        {
            foreach (var live in _live.Values.Where(live => live.State.IsRunning).ToList()) Look(live, acts);
            if (Now >= _rerankAt)
            {
                _scheduler.Rerank(_state, Now);
                _rerankAt = Now + JobScheduler.RerankSeconds;
            }
            foreach (var decision in _scheduler.Step(_state, Now)) Carry(decision, acts);
            Foretell();
        });
        // Nothing is done to machines before it is on the disk.
        foreach (var act in acts) Try(act);
    }

    /// <summary>Takes a job.</summary>
    /// <exception cref="UserInputException">It is wrong, or can never run here.</exception>
    /// <exception cref="AccessDeniedException">The key may not use the tenant.</exception>
    public JobRecord Submit(JobRequest request, ApiKey by)
    {
        var problems = request.Problems();
        if (problems.Count > 0) throw new UserInputException(problems);
        var tenant = request.Tenant ?? by.Tenant;
        return Change(() =>
        {
            if (!by.MayUse(tenant)) throw Denied(by, "submit", tenant);
            CheckWaiting(tenant);
            request = Bounded(request, tenant, by);
            foreach (var after in request.After)
                if (Find(after) is not { } other || !by.MaySee(other.Tenant)) throw new UserInputException($"after: job {after} does not exist; expected an earlier job. Submit that first.");
            var record = new JobRecord { Id = _lastId + 1, Tenant = tenant, Request = request, SubmittedBy = by.Name, Submitted = Now };
            if ((Admission.Misfit(_state, record.Spec(), Now) ?? Admission.NeverAllowed(_state, record.Spec())) is { } misfit) throw new UserInputException($"{misfit.Gate.ToString().ToLowerInvariant()}: {misfit.Found}. Change: {misfit.Change?.ToString() ?? "none"}.");
            _store.Together(() =>
            {
                _store.Save(record);
                Record(by, "submit", $"job {record.Id}", string.Join(' ', request.Command));
            });
            _lastId++;
            Add(record);
            Wake();
            return record;
        });
    }

    /// <summary>Ends a job.</summary>
    /// <exception cref="AccessDeniedException">The key may not.</exception>
    public JobRecord Cancel(long id, ApiKey by) => Change(() =>
        {
            var record = Visible(id, by);
            if (!by.MayUse(record.Tenant)) throw Denied(by, "cancel", $"job {id}");
            if (record.IsOver) return record;
            _store.Together(() => Record(by, "cancel", $"job {id}", ""));
            var live = _live[id];
            live.Cancelled = true;
            if (!live.State.IsRunning)
            {
                if (live.IsQueued) _state.Dequeue(live.State);
                End(live, JobPhase.Cancelled, null, new(Phrase.Cancelled));
                return live.Record;
            }
            live.Record = live.Record with { Reason = new(Phrase.BeingCancelled), KillAt = Now + 5 };
            _store.Save(live.Record);
            Try(() => live.Engine!.AskToLeave(live.Engineered()));
            Wake();
            return live.Record;
        });

    /// <summary>A job that the key may see.</summary>
    /// <exception cref="KeyNotFoundException">There is none, or it is another tenant's: which of the two is not said.</exception>
    public JobRecord Visible(long id, ApiKey by)
    {
        lock (_lock)
            return Find(id) is { } record && by.MaySee(record.Tenant) ? record : throw new KeyNotFoundException($"job {id}: not found; expected the number of a job of yours. geobuk compute ps lists them.");
    }

    /// <summary>A node takes jobs again, or takes none; those on a node that is lost are requeued.</summary>
    public void SetHealth(string pool, string node, bool healthy, ApiKey by) => Change(() =>
        {
            if (by.Role != Role.Operator) throw Denied(by, "drain", $"{pool}/{node}");
            var found = _state.Nodes.FirstOrDefault(other => other.Config.Name == node && _state.Groups[other.Group].Pool.Name == pool)
                ?? throw new KeyNotFoundException($"{pool}/{node}: no such node. geobuk compute pools lists them.");
            _store.Together(() =>
            {
                _store.Save($"{pool}/{node}", isDrained: !healthy);
                Record(by, healthy ? "resume" : "drain", $"{pool}/{node}", "");
            });
            found.Healthy = healthy;
            Wake();
            return found;
        });

    /// <inheritdoc />
    public void Dispose() => _signal.Dispose();

    private static AccessDeniedException Denied(ApiKey by, string action, string subject) => new($"{by.Name}: {by.Role.ToString().ToLowerInvariant()} of {by.Tenant} may not {action} {subject}. Ask an operator for a key that may.");

    private void Record(ApiKey by, string action, string subject, string detail) => Record(by.Name, action, subject, detail);

    private void Record(string who, string action, string subject, string detail) => _store.Audit(new AuditEntry(Now, who, action, Short(subject), Short(detail)));

    private static string Short(string text) => text.Length <= LongestDetail ? text : $"{text[..LongestDetail]}… ({text.Length} characters)";

    private JobRecord? Find(long id) => _live.TryGetValue(id, out var live) ? live.Record : _store.Find(id);

    private bool IsDone(long id) => _over.TryGetValue(id, out var phase) ? phase == JobPhase.Done : Find(id)?.Phase == JobPhase.Done;

    /// <summary>A job enters: to wait, or first for others to be done.</summary>
    private LiveJob Add(JobRecord record)
    {
        var live = new LiveJob(record, new JobState(record.Spec(), record.Submitted) { DoneSeconds = record.DoneSeconds }, _config.MaxLogBytes);
        _live[record.Id] = live;
        Ready(live);
        return live;
    }

    private void Ready(LiveJob live)
    {
        if (live.IsQueued || live.State.IsRunning) return;
        var after = live.Record.Request.After;
        if (after.FirstOrDefault(id => Find(id) is { IsOver: true, Phase: not JobPhase.Done }) is > 0 and var broken) End(live, JobPhase.Cancelled, null, new(Phrase.CameAfter, broken));
        else if (after.All(IsDone))
        {
            _scheduler.Enqueue(_state, live.State, Now);
            live.IsQueued = true;
            Welcome(live);
        }
    }

    /// <summary>What an engine says about a running job.</summary>
    private void Look(LiveJob live, List<Action> acts)
    {
        if (live.Unbegun is { } problem)
        {
            var never = NeverBegan(live);
            if (never && !live.Cancelled && live.Overdue is null) Requeue(live, ReleaseCause.NeverBegan, problem);
            if (never || live.Unbegun is not null) return;
        }
        EngineStatus status;
        try
        {
            status = live.Engine!.Status(live.Engineered());
        }
        catch (Exception fault) when (IsTrouble(fault))
        {
            // Whoever does not answer may still run it: it counts as running until the engine says otherwise.
            if (live.Record.Phase == JobPhase.Running) live.Record = live.Record with { Reason = new(Phrase.EngineSilent, fault.Message) };
            live.Unreached = true;
            return;
        }
        if (live.Unreached) (live.Unreached, live.Record) = (false, live.Record.Phase == JobPhase.Running ? live.Record with { Reason = null } : live.Record);
        if (status.State == EngineState.Running)
        {
            live.Hear(Now, _config.CheckpointDeadlineSeconds);
            if (live.KillAt is { } at && Now >= at)
            {
                live.KillAt = Now + 10;
                acts.Add(() => live.Engine.Kill(live.Engineered()));
            }
            else if (live.KillAt is null && live.Hold(status.Waits)) Move(live, acts);
            else if (live.KillAt is null) Idle(live, acts);
            return;
        }
        // One worker of a gang that ended badly ends the gang.
        if (live.Record.Request.Workers > 1 && (status.State == EngineState.Lost || status.ExitCode is not (0 or EngineStatus.Requeue))) acts.Add(() => live.Engine.Kill(live.Engineered()));
        if (live.Cancelled || live.Overdue is not null) End(live, live.Cancelled ? JobPhase.Cancelled : JobPhase.Failed, status.State == EngineState.Exited ? status.ExitCode : null, live.Overdue ?? new(Phrase.Cancelled));
        else if (status is { State: EngineState.Exited, ExitCode: 0 }) End(live, JobPhase.Done, 0, null);
        else if (status is { State: EngineState.Exited, ExitCode: EngineStatus.Requeue }) Requeue(live, ReleaseCause.Checkpointed, new(Phrase.Checkpointed));
        else if (live.Record.Phase == JobPhase.Leaving) Requeue(live, ReleaseCause.Preempted, new(Phrase.LeftUnsaved, live.Record.Reason!));
        else if (status.State == EngineState.Lost || live.Record.Failures < live.Record.Request.Retries) Requeue(live, ReleaseCause.Failed, status.State == EngineState.Lost ? status.End is { } end ? new(Phrase.ProcessesGoneSo, end) : new(Phrase.ProcessesGone) : new(Phrase.Retried, status.Ending));
        else End(live, JobPhase.Failed, status.ExitCode, status.Ending);
    }

    /// <summary>Devices held without activity: first a word, then the job has to make room.</summary>
    private void Idle(LiveJob live, List<Action> acts)
    {
        var pool = _state.Groups[_state.Nodes[live.State.Placement!.Shares[0].Node].Group].Pool;
        if (pool.IdleSeconds is not { } most || live.Idleness is not { NowSeconds: var idle }) return;
        if (idle < most)
        {
            if (live.Warned) (live.Warned, live.Record) = (false, live.Record with { Reason = null });
            return;
        }
        if (!live.Warned)
        {
            live.Warned = true;
            live.Record = live.Record with { Reason = new(Phrase.Idles, idle, 2 * most, live.Stake(Now)) };
            _store.Save(live.Record);
        }
        else if (idle >= 2 * most)
        {
            // Others first: else it would be back on the same devices at once, and do nothing there again.
            live.State.NotBefore = Now + most;
            Leave(live, new(Phrase.Idled, idle), acts);
        }
    }

    private void Carry(Decision decision, List<Action> acts)
    {
        var live = _live[decision.Job.Spec.Id];
        switch (decision)
        {
            case StartJob start:
                LearnStart(live);
                _scheduler.Apply(_state, start, Now);
                live.IsQueued = false;
                live.Engine = _engineOf(_state.Groups[_state.Nodes[start.Placement.Shares[0].Node].Group].Pool.Name);
                live.Record = live.Record with
                {
                    DeviceNumbers = [.. start.Placement.Shares.Select(share => HeldNodes.FreeDevices(_state, share, id => _live[id].Record))],
                    Phase = JobPhase.Running,
                    Started = Now,
                    Attempt = live.Record.Attempt + 1,
                    Reason = null,
                    Confinement = live.Engine.Confinement(live.Record.Tenant),
                    Borrowed = start.Placement.Charge.Borrowed,
                    OwnCells = !start.Placement.Charge.Borrowed && start.Placement.Charge.Slot != NodeGroup.Shared,
                    Nodes = [.. start.Placement.Shares.Select(share => $"{_state.NameOf(_state.Nodes[share.Node])}:{share.Devices}")],
                };
                _store.Save(live.Record);
                acts.Add(() => Begin(live));
                break;
            case PreemptJob preempt:
                _scheduler.Apply(_state, preempt, Now);
                Leave(live, preempt.Reason, acts);
                break;
            case StopJob stop when live.Overdue is null:
                live.Record = live.Record with { Overdue = stop.Reason, KillAt = Now + 5 };
                _store.Save(live.Record);
                acts.Add(() => live.Engine!.AskToLeave(live.Engineered()));
                break;
        }
    }

    private void Begin(LiveJob live)
    {
        try
        {
            live.Engine!.Start(live.Engineered());
        }
        catch (Exception fault) when (IsTrouble(fault))
        {
            // Whether it began is not known where the engine could not be reached: it will tell, unless it can be kept from beginning.
            var again = live.Unbegun = new(Phrase.StartRetried, fault.Message);
            if (fault is not (IOException or UnauthorizedAccessException) || NeverBegan(live))
                _store.Together(() =>
                {
                    if (fault is IOException && live.Record.Failures < MostFailedStarts) Requeue(live, ReleaseCause.Failed, again);
                    else End(live, JobPhase.Failed, null, new(Phrase.StartFailed, fault.Message));
                });
        }
    }

    private void Leave(LiveJob live, Statement reason, List<Action> acts)
    {
        if (live.Record.Phase == JobPhase.Leaving) return;
        live.Record = live.Record with { KillAt = Now + _config.CheckpointDeadlineSeconds, AskedAt = Now, Phase = JobPhase.Leaving, Reason = reason, Preemptions = live.Record.Preemptions + 1 };
        _store.Save(live.Record);
        acts.Add(() => live.Engine!.AskToLeave(live.Engineered()));
    }

    private void Requeue(LiveJob live, ReleaseCause cause, Statement reason)
    {
        var worked = live.State.Worked(Now);
        var saved = Account(live, cause);
        if (cause == ReleaseCause.Preempted) reason = new(Phrase.WorkLost, reason, Now - live.State.Started - saved);
        live.State.DoneSeconds = cause == ReleaseCause.Checkpointed ? worked : live.Record.DoneSeconds + Math.Min(saved, Now - live.State.Started);
        live.Reset(cause, Now);
        _state.Release(live.State, Now);
        live.Record = live.Record with
        {
            Phase = JobPhase.Pending,
            Reason = reason,
            Nodes = [],
            DeviceNumbers = [],
            DoneSeconds = live.State.DoneSeconds,
            ExitCode = cause == ReleaseCause.Checkpointed ? EngineStatus.Requeue : live.Record.ExitCode,
            Failures = live.Record.Failures + (cause == ReleaseCause.Failed ? 1 : 0),
            Attempt = live.Record.Attempt,
        };
        if (live.State.DoneSeconds >= live.State.Spec.MaxRunSeconds)
        {
            End(live, JobPhase.Failed, live.Record.ExitCode, live.State.Overrun(Now));
            return;
        }
        // What dies over and over waits longer each time.
        if (cause == ReleaseCause.Failed) live.State.NotBefore = Now + Math.Min(300, Math.Pow(2, Math.Min(8, live.Record.Failures)));
        _store.Save(live.Record);
        Ready(live);
    }

    private void End(LiveJob live, JobPhase phase, int? exitCode, Statement? reason)
    {
        var worked = live.State.Worked(Now);
        LearnLength(live.State, phase == JobPhase.Done ? worked : null);
        if (live.State.IsRunning)
        {
            Account(live, phase == JobPhase.Failed ? ReleaseCause.Failed : ReleaseCause.Done);
            _state.Release(live.State, Now);
        }
        live.Record = live.Record with { Phase = phase, Ended = Now, WorkedSeconds = worked, ExitCode = exitCode, Reason = reason, Nodes = [], DeviceNumbers = [] };
        _store.Save(live.Record);
        _live.Remove(live.Record.Id);
        _over[live.Record.Id] = phase;
        foreach (var other in _live.Values.Where(other => other.Record.Request.After.Contains(live.Record.Id)).ToList()) Ready(other);
    }

    /// <summary>Every second that devices were held goes into the ledger once, under one name; gives those that the job had saved by itself.</summary>
    private double Account(LiveJob live, ReleaseCause cause)
    {
        var saved = live.Saved(Now, _config.CheckpointDeadlineSeconds);
        var pool = _state.Groups[_state.Nodes[live.State.Placement!.Shares[0].Node].Group].Pool;
        var use = new AttemptUse(live.State.Spec.Devices, Now - live.State.Started, live.AskedAt is { } asked ? Now - asked : 0, live.Idleness?.TotalSeconds ?? 0, cause, saved);
        var entry = use.Enter(new LedgerEntry { At = Now, Job = live.Record.Id, Attempt = live.Record.Attempt, Tenant = live.Record.Tenant, Pool = pool.Name });
        var won = entry.Allocated / 3600 * pool.WonPerDeviceHour;
        _store.Append(entry with { Won = won });
        for (var index = live.State.Tenant; index >= 0; index = _state.Tenants[index].Parent) _state.Tenants[index].SpentWon += won;
        return saved;
    }
}
