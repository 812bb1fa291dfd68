using Geobuk.Compute.Estimates;

namespace Geobuk.Compute.Scheduling;

/// <summary>What a job is expected to run, and its place in its tenant's order.</summary>
internal sealed class JobRanking(SchedulerConfig config, RunHistory history)
{
    // Behind all that is submitted in thirty years.
    private const double FirstQueueDeviceSeconds = 8 * 3200, SecondQueue = 1e9;

    /// <summary>Expected seconds of work in all: past runs of its class, else what was said, else the default.</summary>
    public double Expected(JobState job) =>
        (job.Spec.RunClass.Length > 0 ? history.LastTwo(job.Spec.RunClass) : null) ?? job.Spec.EstimateSeconds ?? config.DefaultEstimateSeconds;

    /// <summary>When a running job is expected to end; one that outran its estimate is taken to run as long again as it has.</summary>
    public double End(JobState job, double now)
    {
        var (worked, expected) = (job.Worked(now), Expected(job));
        if (expected < worked) expected = job.Spec.EstimateSeconds is null || job.Spec.RunClass.Length > 0 ? 2 * worked : worked;
        var end = Math.Max(job.Started + job.StartupSeconds, now) + expected - worked;
        return Math.Max(now, Math.Min(end, job.Started + job.StartupSeconds + job.Spec.MaxRunSeconds - job.DoneSeconds));
    }

    /// <summary>When a job would end that starts now.</summary>
    public double EndIfStarted(JobState job, double now) =>
        now + (job.Starts > 0 ? job.StartupCost : 0) + Math.Max(0, Math.Min(job.Spec.MaxRunSeconds, Expected(job)) - job.DoneSeconds);

    /// <summary>Lower goes first.</summary>
    public double Rank(JobState job, double now) => config.Order switch
    {
        JobOrder.Submission => job.Submitted,
        JobOrder.ShortestTime => Math.Max(0, Expected(job) - job.Worked(now)),
        JobOrder.ShortestService => job.Spec.Devices * Math.Max(0, Expected(job) - job.Worked(now)),
        JobOrder.LeastAttained => job.Spec.Devices * job.Worked(now),
        JobOrder.TwoQueues => job.Spec.Devices * job.Worked(now) < FirstQueueDeviceSeconds ? job.Submitted : SecondQueue + job.Submitted,
        _ => Learned(job, now),
    };

    /// <summary>The rank of a running job; found anew when it has run a twentieth longer.</summary>
    public double RunningRank(JobState job, double now)
    {
        var worked = job.Worked(now);
        if (config.Order == JobOrder.Learned && worked < job.RankValidUntil) return job.Rank;
        job.Rank = Rank(job, now);
        job.RankValidUntil = (worked * 1.05) + 20;
        return job.Rank;
    }

    /// <summary>Known to its class from now on, with what it has done by now.</summary>
    public void Remember(JobState job)
    {
        if (job.Run is not null) return;
        job.Run = history.Submit(job.Spec.RunClass, job.Submitted);
        job.Run.Seconds = job.DoneSeconds;
    }

    /// <summary>
    /// Device-seconds for a job that can be preempted. One that cannot blocks what it holds until its end, so only the time
    /// counts: going by device-seconds would let narrow jobs pass wide ones for as long as there are any.
    /// </summary>
    private double Learned(JobState job, double now)
    {
        if (!job.Spec.Preemptible) return Math.Max(0, Expected(job) - job.Worked(now));
        return job.Spec.Devices * (job.Spec.RunClass.Length == 0 && job.Spec.EstimateSeconds is { } estimate
            ? Math.Max(0, estimate - job.Worked(now))
            : history.Rank(job.Spec.RunClass, job.Run!, now));
    }
}
