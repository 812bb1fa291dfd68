using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Wording;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

/// <summary>A job that is not over, with what only the running service knows of it.</summary>
/// <param name="record">As the store has it.</param>
/// <param name="state">As the scheduler has it.</param>
/// <param name="mostLog">Bytes of its log at most; null without bound.</param>
internal sealed class LiveJob(JobRecord record, JobState state, long? mostLog)
{
    // Reports change with checkpoints, not with looks.
    private const double HearSeconds = 2;
    private const int WordOverhead = 16;
    private const double EagerSeconds = 30, MostEagerSeconds = 300;

    private string? _waits;
    private double _hearAt;
    private int _eager;
    private bool _isDeaf;

    /// <summary>As the store has it.</summary>
    public JobRecord Record { get; set; } = record;

    /// <summary>As the scheduler has it.</summary>
    public JobState State { get; } = state;

    /// <summary>About how much memory what was asked for takes.</summary>
    public long Bytes { get; } = record.Request.Command.Sum(word => sizeof(char) * (word.Length + WordOverhead)) + (sizeof(long) * record.Request.After.Count);

    /// <summary>Who runs it; null before the first start.</summary>
    public IComputeEngine? Engine { get; set; }

    /// <summary>Whether it is in the scheduler's queue.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The wait that was foretold to it when it came into the queue, in seconds; null where it was told none, or has started since.</summary>
    public (double From, double To)? Told { get; set; }

    /// <summary>Somebody wants it to end.</summary>
    public bool Cancelled { get => Record.IsCancelled; set => Record = Record with { IsCancelled = value }; }

    /// <summary>Why it must end; null where it need not.</summary>
    public Statement? Overdue { get => Record.Overdue; set => Record = Record with { Overdue = value }; }

    /// <summary>When it was asked to leave.</summary>
    public double? AskedAt { get => Record.AskedAt; set => Record = Record with { AskedAt = value }; }

    /// <summary>When its processes are ended.</summary>
    public double? KillAt { get => Record.KillAt; set => Record = Record with { KillAt = value }; }

    /// <summary>Why it could not be started, where it is not known whether it began all the same; else null.</summary>
    public Statement? Unbegun { get; set; }

    /// <summary>Whether its engine did not answer when it was last asked.</summary>
    public bool Unreached { get; set; }

    /// <summary>Whether it was told that it does nothing.</summary>
    public bool Warned { get; set; }

    /// <summary>For how long it did nothing, as its engine said last; null where that is not known.</summary>
    public Idleness? Idleness { get; private set; }

    /// <summary>What its engine says that it waits for, which stands with the job until it begins; whether there is such a thing.</summary>
    public bool Hold(Statement? waits)
    {
        if (waits?.ToString() != _waits) Record = Record with { Reason = waits is null ? null : new(Phrase.NotBegun, waits) };
        _waits = waits?.ToString();
        return waits is not null;
    }

    /// <summary>What its engine sees it do, and what it reports of its checkpoints, which becomes what asking it to leave would lose.</summary>
    /// <param name="now">The service's time.</param>
    /// <param name="deadline">Seconds that it would have to leave in.</param>
    public void Hear(double now, double deadline)
    {
        if (now < _hearAt) return;
        _hearAt = now + HearSeconds;
        Idleness = Engine!.Idleness(Engineered()) ?? Idleness;
        try
        {
            if (Engine!.Report(Engineered()) is not { } report || report == Record.Checkpoints) return;
            Record = Record with { Checkpoints = report };
            State.LastCheckpoint = report.SavedAt is { } saved ? Math.Min(saved, now) : null;
            State.CheckpointSeconds = report.CheckpointSeconds ?? State.CheckpointSeconds;
            State.StartupCost = report.StartSeconds ?? State.StartupCost;
            // Who needs longer than he is given is killed before he has saved.
            State.CanCheckpoint = !_isDeaf && report.SavesWhenAsked && (report.StepSeconds ?? 0) + (report.CheckpointSeconds ?? 0) <= deadline;
        }
        catch (UserInputException fault)
        {
            if (Record.Reason is null) Record = Record with { Reason = new(Phrase.WrongReport, fault.Message) };
        }
    }

    /// <summary>Seconds of this attempt that a checkpoint of its own keeps, by its latest report; 0 where there is none.</summary>
    public double Saved(double now, double deadline)
    {
        _hearAt = now;
        Hear(now, deadline);
        return Math.Max(0, (State.LastCheckpoint ?? 0) - State.Started);
    }

    /// <summary>What having to leave would cost it, in words.</summary>
    public Statement Stake(double now)
    {
        if (State.CanCheckpoint && (Record.Request.Preemptible || Record.Checkpoints is not null)) return new(Phrase.IsAskedToSave);
        var why = new Statement(Record.Checkpoints is null ? Phrase.SaidNoSaving : Phrase.SavesByItself);
        return State.LastCheckpoint > State.Started ? new(Phrase.GoesOnFrom, why, now - State.LastCheckpoint.Value) : new(Phrase.WouldLose, why, now - State.Started);
    }

    /// <summary>This attempt as an engine sees it.</summary>
    public EngineJob Engineered() => new(Record.Id, Record.Attempt, Record.Request.Command, Record.Request.Folder, Record.Request.Workers, Record.Request.Devices,
        [.. Record.Nodes.Select(text => KeyValuePair.Create(text[(text.IndexOf('/') + 1)..text.LastIndexOf(':')], int.Parse(text[(text.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture)))], Record.DeviceNumbers)
    { Tenant = Record.Tenant, MostLog = mostLog };

    /// <summary>Forgets what was about one attempt, but for how it left when it was asked to.</summary>
    public void Reset(ReleaseCause cause, double now)
    {
        if (AskedAt is { } asked)
        {
            _isDeaf = cause == ReleaseCause.Preempted;
            if (_isDeaf) State.CanCheckpoint = false;
            else if (cause == ReleaseCause.Checkpointed && Record.Checkpoints?.CheckpointSeconds is null) (State.CanCheckpoint, State.CheckpointSeconds) = (true, now - asked);
        }
        // Who checkpoints at once, unasked and again and again, would keep the service busy with starting it.
        _eager = cause == ReleaseCause.Checkpointed && AskedAt is null && now - State.Started < EagerSeconds ? _eager + 1 : 0;
        if (_eager > 1) State.NotBefore = now + Math.Min(MostEagerSeconds, Math.Pow(2, _eager - 2));
        (AskedAt, KillAt, Warned, Idleness, _waits, _hearAt) = (null, null, false, null, null, 0);
    }
}
