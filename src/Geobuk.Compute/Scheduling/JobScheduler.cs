using Geobuk.Compute.Estimates;

namespace Geobuk.Compute.Scheduling;

/// <summary>
/// Decides who starts where and who leaves. Pure: the same state and time give the same decisions, and nothing is changed by
/// asking. The live service carries them out on real machines, the simulator on virtual ones.
/// </summary>
public sealed class JobScheduler(SchedulerConfig config, RunHistory history)
{
    /// <summary>Seconds after which the places of all who wait are found anew: what is known about their like has changed.</summary>
    public const double RerankSeconds = 900;

    private readonly JobRanking _ranking = new(config, history);

    /// <summary>The policy.</summary>
    public SchedulerConfig Config { get; } = config;

    /// <summary>What past runs say.</summary>
    public RunHistory History { get; } = history;

    /// <summary>What is to be done now.</summary>
    public IReadOnlyList<Decision> Step(ClusterState state, double now)
    {
        var cycle = new SchedulingCycle(state, Config, _ranking, now);
        cycle.EndOverdue();
        cycle.HonourClaims();
        if (Config.Backfill == Backfill.Conservative) new ConservativePlan(state, _ranking, cycle, now).Run();
        else
            foreach (var (priority, tenants) in state.Queues)
            {
                if (cycle.IsExhausted) break;
                if (!new QueuePass(state, Config, cycle, priority, tenants, now).Run()) break;
            }
        return cycle.Decisions;
    }

    /// <summary>Carries a decision out on the state: starts at once, and asks to leave by the policy's deadline.</summary>
    public void Apply(ClusterState state, Decision decision, double now)
    {
        if (decision is StartJob start) state.Start(start.Job, start.Placement, now);
        else if (decision is PreemptJob preempt)
        {
            var forOrder = VictimTerms.IsForOrder(preempt.For, preempt.Job);
            if (preempt.Job.Placement!.Charge.Borrowed) preempt.Job.TakenBack(now, Config.MinRunSeconds);
            state.AskToLeave(preempt, now, Config.CheckpointDeadlineSeconds, forOrder);
            if (forOrder) state.LastOrderPreemption = now;
        }
    }

    /// <summary>A job begins to wait.</summary>
    public void Enqueue(ClusterState state, JobState job, double now)
    {
        _ranking.Remember(job);
        state.Enqueue(job, _ranking.Rank(job, now), now);
    }

    /// <summary>A job found running when the service came back.</summary>
    public void Restore(ClusterState state, JobState job, Placement placement, double started, int starts)
    {
        _ranking.Remember(job);
        state.Occupy(job, placement, started);
        job.Starts = starts;
    }

    /// <summary>Finds the places of all who wait anew; what is known about their like has changed.</summary>
    public void Rerank(ClusterState state, double now)
    {
        if (Config.Order != JobOrder.Learned) return;
        foreach (var job in state.Pending) state.Rerank(job, _ranking.Rank(job, now));
        foreach (var job in state.Running) job.RankValidUntil = -1;
    }

    /// <summary>A job is over; where it ended by itself its like are expected to run as long.</summary>
    /// <param name="job">The job.</param>
    /// <param name="seconds">Seconds of work it needed; null where it failed or was cancelled, so that nobody knows.</param>
    public void Learn(JobState job, double? seconds)
    {
        if (seconds is { } needed)
        {
            _ranking.Remember(job);
            History.End(job.Spec.RunClass, job.Run!, needed);
        }
        else if (job.Run is { } run) run.Abandoned = true;
    }

    /// <summary>The same policy, knowing what is known now, for a copy of the state and changes to one job of it.</summary>
    internal JobScheduler Frozen(ClusterState copy, JobState job, double now)
    {
        foreach (var running in copy.Running) _ranking.RunningRank(running, now);
        return new JobScheduler(Config, History.Frozen(job.Spec.RunClass));
    }

    /// <summary>When a job would end that starts now.</summary>
    internal double EndIfStarted(JobState job, double now) => _ranking.EndIfStarted(job, now);

    /// <summary>When a running job is expected to have left.</summary>
    internal double End(JobState job, double now) => job.LeaveBy ?? _ranking.End(job, now);

    /// <summary>Seconds of work a job is expected to need in all.</summary>
    public double Expected(JobState job) => _ranking.Expected(job);
}
