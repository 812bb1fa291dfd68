using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>
/// Who may be asked to leave for whom. A lender gets its cells back from borrowers at once; within one account a higher priority
/// goes before a lower one, and within one tenant and priority the order of the policy counts, both only after the victim's
/// minimum run. No job is asked twice, and one asked too often for the sake of order is left alone, so nothing goes in circles.
/// </summary>
internal sealed class VictimTerms
{
    private readonly SchedulerConfig _config;
    private readonly JobRanking _ranking;
    private readonly double _now;
    private readonly bool _orderCounts;
    private readonly bool _anyBorrowed;
    private readonly int _lowestPriority = int.MaxValue;
    private readonly Dictionary<(int Tenant, int Priority), double> _worstRank = [];
    private readonly Dictionary<Like, (int Workers, double End, double Rank)> _failed = [];
    private readonly HashSet<JobState> _asked = [];

    public VictimTerms(ClusterState state, SchedulerConfig config, JobRanking ranking, double now)
    {
        (_config, _ranking, _now) = (config, ranking, now);
        _orderCounts = config.Preempts && now - state.LastOrderPreemption >= config.PreemptionIntervalSeconds;
        if (state.Pending.Count == 0) return;
        foreach (var job in state.Running)
        {
            if (job.LeaveBy is not null || !job.Spec.Preemptible) continue;
            _anyBorrowed |= job.Placement!.Charge.Borrowed;
            if (now - job.Started < config.MinRunSeconds) continue;
            _lowestPriority = Math.Min(_lowestPriority, job.Spec.Priority);
            if (!_orderCounts || job.OrderPreemptions >= config.PreemptionBudget) continue;
            var rank = ranking.RunningRank(job, now);
            var key = (job.Tenant, job.Spec.Priority);
            if (!_worstRank.TryGetValue(key, out var worst) || rank > worst) _worstRank[key] = rank;
        }
    }

    /// <summary>Whether anybody could be asked by anybody.</summary>
    public bool AnyVictim => _anyBorrowed || _lowestPriority != int.MaxValue;

    /// <summary>Whether it is worth searching for a job that would end then; says no without looking at nodes.</summary>
    public bool MayHaveVictims(JobState job, double end)
    {
        if (_failed.TryGetValue(Like.Of(job), out var failed) && job.Spec.Workers >= failed.Workers && end >= failed.End && job.Rank >= failed.Rank) return false;
        return _anyBorrowed || _lowestPriority < job.Spec.Priority
            || (_worstRank.TryGetValue((job.Tenant, job.Spec.Priority), out var worst) && job.Rank * _config.Hysteresis < worst);
    }

    /// <summary>Whether a job that would be charged so may ask this one.</summary>
    public bool MayAsk(JobState job, Charge charge, JobState victim)
    {
        if (_asked.Contains(victim)) return false;
        if (victim.Placement!.Charge.Borrowed) return true;
        return victim.Placement.Charge == charge && _now - victim.Started >= _config.MinRunSeconds
            && (victim.Spec.Priority < job.Spec.Priority || GoesBefore(job, victim));
    }

    /// <summary>Why, for the victim's record.</summary>
    public static Statement Reason(JobState job, JobState victim) =>
        victim.Placement!.Charge.Borrowed ? new(Phrase.TakenBackFor, job.Spec.Id)
        : victim.Spec.Priority < job.Spec.Priority ? new(Phrase.LowerPriority, job.Spec.Id, job.Spec.Priority, victim.Spec.Priority)
        : new(Phrase.NeedsMore, job.Spec.Id);

    /// <summary>Whether only the order speaks for it.</summary>
    public static bool IsForOrder(JobState? job, JobState victim) => job is not null && !victim.Placement!.Charge.Borrowed && victim.Spec.Priority == job.Spec.Priority;

    /// <summary>It was asked in this pass.</summary>
    public void Asked(JobState victim) => _asked.Add(victim);

    /// <summary>Whether it was asked in this pass.</summary>
    public bool IsAsked(JobState victim) => _asked.Contains(victim);

    /// <summary>Jobs like it that are as large, end no sooner and are no earlier in the order need not try.</summary>
    public void Failed(JobState job, double end) => _failed[Like.Of(job)] = (job.Spec.Workers, end, job.Rank);

    private bool GoesBefore(JobState job, JobState victim) =>
        _orderCounts && victim.Tenant == job.Tenant && victim.Spec.Priority == job.Spec.Priority && victim.OrderPreemptions < _config.PreemptionBudget
        && job.Rank * _config.Hysteresis < _ranking.RunningRank(victim, _now);

    /// <summary>What jobs must have in common for one's failure to speak for another.</summary>
    private readonly record struct Like(int Tenant, int Priority, int Each, string? Kind, string? Pool, DataLabel Label, Topology Topology)
    {
        public static Like Of(JobState job) =>
            new(job.Tenant, job.Spec.Priority, job.Spec.DevicesPerWorker, job.Spec.Kind, job.Spec.Pool, job.Spec.Label, job.Spec.Topology);
    }
}
