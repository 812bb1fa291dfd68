using Geobuk.Compute.Access;
using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    // What is learnt after a restart: who started at the next look had not waited.
    private const double ShortestWait = 1;

    private readonly List<LiveJob> _fresh = [];

    /// <summary>Why a job waits and when it will start; null where it does not wait.</summary>
    /// <param name="id">The job.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="isBrief">Whether the chain is enough, as for a list of many jobs: nothing is tried then.</param>
    public (Explanation Why, double From, double To)? Explain(long id, ApiKey by, bool isBrief = false)
    {
        Explainer explainer;
        (double From, double To) start;
        lock (_lock)
        {
            Visible(id, by);
            if (!_live.TryGetValue(id, out var live) || live.State.IsRunning) return null;
            start = Start(live) is var (from, to) ? (Now + from, Now + to) : (0, 0);
            if (!live.IsQueued)
            {
                var before = live.Record.Request.After.Where(after => !IsDone(after)).ToList();
                return (new Explanation([new Refusal(Gate.Time, new(Phrase.ComesAfter, string.Join(", ", before), before.Count))], null), start.From, start.To);
            }
            explainer = new Explainer(_state, _scheduler, live.State, Now);
        }
        // What would start it is tried on a copy, while the service goes on.
        var why = isBrief ? new Explanation(explainer.Chain(), null) : explainer.Explain(by.MaySee);
        // Nobody's end makes a loan longer.
        return why.Chain is [{ Gate: Gate.Loan }, ..] ? (why, 0, 0) : (why, start.From, start.To);
    }

    /// <summary>In how many seconds a job will start, four times in five; null for one that may not, whatever is free, or comes after such a one.</summary>
    private (double From, double To)? Start(LiveJob live)
    {
        if (live.IsQueued) return Queued(live);
        // Who comes after others has a higher number than they; so each is found before those that need it.
        var before = new SortedSet<long>();
        var open = new Queue<long>([live.Record.Id]);
        while (open.TryDequeue(out var id))
            if (before.Add(id) && _live.TryGetValue(id, out var other) && !other.IsQueued && !other.State.IsRunning)
                foreach (var after in other.Record.Request.After.Where(after => !IsDone(after))) open.Enqueue(after);
        var starts = new Dictionary<long, (double From, double To)?>();
        var ends = new Dictionary<long, (double From, double To)?>();
        foreach (var id in before)
        {
            var job = _live[id];
            var start = starts[id] = job.State.IsRunning ? (0, 0) : job.IsQueued ? Queued(job) : Followed(job, ends);
            var left = _lengths.Left(_scheduler.Expected(job.State), job.State.Worked(Now));
            ends[id] = start is var (from, to) ? (from + left.From, to + left.To) : null;
        }
        return starts[live.Record.Id];
    }

    /// <summary>The wait of a job in the queue.</summary>
    private (double From, double To)? Queued(LiveJob live)
    {
        var isOut = Admission.Refusal(_state, live.State, Now) is { Gate: not Gate.Time } || Admission.NeverAllowed(_state, live.State.Spec) is not null;
        // Others are leaving for it: it starts when they have left, or has to wait anew.
        if (live.State.Claim is not null && live.State.ClaimUntil > Now) return (0, live.State.ClaimUntil - Now);
        return isOut ? null : _starts.Interval(live.State.Spec.Devices, Ahead(live.State), Now - live.Record.QueuedFrom);
    }

    /// <summary>The wait of a job for others, and in the queue when they are done.</summary>
    private (double From, double To)? Followed(LiveJob live, Dictionary<long, (double From, double To)?> ends)
    {
        var (from, to) = _starts.Interval(live.State.Spec.Devices, 0);
        var (first, last) = (0.0, 0.0);
        foreach (var after in live.Record.Request.After.Where(after => !IsDone(after)))
        {
            if (ends.GetValueOrDefault(after) is not var (earliest, latest)) return null;
            (first, last) = (Math.Max(first, earliest), Math.Max(last, latest));
        }
        return (first + from, last + to);
    }

    /// <summary>Seconds that all devices need for what runs and for what came before a job, by what is expected of each.</summary>
    private double Ahead(JobState job)
    {
        double Left(JobState other) => other.Spec.Devices * Math.Max(0, _scheduler.Expected(other) - other.Worked(Now));
        var before = _state.Pending.Where(other => other != job && other.Spec.Priority >= job.Spec.Priority && other.Submitted <= job.Submitted);
        return (_state.Running.Sum(Left) + before.Sum(Left)) / Math.Max(1, _state.Nodes.Sum(node => node.Config.Devices));
    }

    /// <summary>A job came into the queue for the first time.</summary>
    private void Welcome(LiveJob live)
    {
        if (live.Record.Attempt > 0) return;
        if (live.Record.Queued is null && live.Record.Request.After.Count > 0) live.Record = live.Record with { Queued = Now };
        _fresh.Add(live);
    }

    /// <summary>Those who did not start when they came, and for whom nobody leaves, are told how long they will wait; what is learnt is how wrong that was.</summary>
    private void Foretell()
    {
        foreach (var live in _fresh.Where(live => live.IsQueued && live.State.Claim is null)) live.Told = _starts.Interval(live.State.Spec.Devices, 0);
        _fresh.Clear();
    }

    /// <summary>A job starts: how long it waited is learnt from, once.</summary>
    private void LearnStart(LiveJob live)
    {
        if (live.Told is { } told) _starts.Started(live.State.Spec.Devices, Now - live.Record.QueuedFrom, told);
        live.Told = null;
    }

    /// <summary>A job was done after so many seconds of work, or, where they are null, is over without having been.</summary>
    private void LearnLength(JobState job, double? seconds)
    {
        if (seconds is { } needed) _lengths.Ended(_scheduler.Expected(job), needed);
        _scheduler.Learn(job, seconds);
    }
}
