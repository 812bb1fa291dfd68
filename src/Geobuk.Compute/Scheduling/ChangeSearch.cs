using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Tenants;
using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>
/// Looks for the smallest change that starts a waiting job: first what costs its submitter nothing but words (closer or looser workers,
/// another kind or pool, a shorter estimate, checkpoints), then asking for less, other data, a greater claim; then what an operator grants.
/// Of each only as much as it takes, found by halving. A change that the free devices alone rule out is not tried.
/// </summary>
internal sealed class ChangeSearch(ClusterState state, JobScheduler scheduler, JobState job, Rehearsal rehearsal, Func<string, bool> maySee, double now)
{
    private const int MostTried = 150, LeastTried = 20, Exact = 8, MostNamed = 6, LeastEstimateSeconds = 1, MostPriority = 100, MostAlone = 32;
    private const double Close = 1.05;
    // Each try goes through the whole queue: of a great one fewer are made.
    private const int TriedJobs = 500_000;

    private readonly CapacityView _view = new(state, now, scheduler.Config.CheckpointDeadlineSeconds);
    private readonly int _most = Math.Clamp(TriedJobs / (state.Pending.Count + state.Running.Count + state.Nodes.Count), LeastTried, MostTried);
    private readonly bool _anyoneMayLeave = state.Running.Exists(other => other.LeaveBy is null && other.Spec.Preemptible);

    /// <summary>The first that starts it; null where none does.</summary>
    public Change? Smallest() => Candidates().FirstOrDefault(change => change is not null);

    /// <summary>Which of those who run must have ended, in words; those whose end alone starts it, where it does.</summary>
    /// <param name="chain">What holds it.</param>
    public (Change? Change, Statement Words) After(IReadOnlyList<Refusal> chain)
    {
        var running = state.Running.Select(other => (Job: other, End: scheduler.End(other, now))).OrderBy(other => other.Job.LeaveBy is null).ThenBy(other => other.End).ThenBy(other => other.Job.Spec.Id).ToList();
        Change Gone(IEnumerable<(JobState Job, double End)> gone) => Ends([.. gone]);
        var none = new Statement(Phrase.NoChange, chain[^1].Found);
        foreach (var one in running.Take(MostAlone))
            if (Starts(Gone([one]))) return (Gone([one]), none);
        if (Least(2, running.Count, count => Starts(Gone(running.Take(count)))) is not { } needed) return (null, none);
        var left = running.Take(needed).ToList();
        foreach (var one in left.Count <= Exact ? left.ToList() : [])
            if (Starts(Gone(left.Where(other => other != one)))) left.Remove(one);
        var change = Gone(left);
        return (change, new Statement(Phrase.NoChangeButEnds, change.Words));
    }

    private IEnumerable<Change?> Candidates()
    {
        var spec = job.Spec;
        foreach (var topology in new[] { Topology.Island, Topology.Any }.Where(topology => topology < spec.Topology))
            yield return Asking(new(Phrase.Looser, Where(topology), Where(spec.Topology)), spec with { Topology = topology });
        if (spec.Kind is not null)
            foreach (var kind in state.Groups.Select(group => group.Kind).Distinct().Where(kind => !NodeConfig.Suits(spec.Kind, kind) && (kind == NodeConfig.Cores) == (spec.Kind == NodeConfig.Cores))) yield return Asking(new(Phrase.OtherKind, kind, spec.Kind), spec with { Kind = kind });
        if (spec.Pool is not null)
            foreach (var pool in state.Groups.Select(group => group.Pool.Name).Distinct().Where(pool => pool != spec.Pool)) yield return Asking(new(Phrase.OtherPool, pool, spec.Pool), spec with { Pool = pool });
        yield return Shorter(spec);
        if (!spec.Preemptible) yield return Asking(new(Phrase.Checkpoints), spec with { Preemptible = true });
        yield return Most(1, spec.Workers - 1, workers => Asking(new(Phrase.FewerWorkers, workers, spec.Workers), spec with { Workers = workers }));
        yield return Most(1, spec.DevicesPerWorker - 1, devices => Asking(new(Phrase.FewerDevices, devices, spec.Devices), spec with { Workers = 1, DevicesPerWorker = devices }));
        var least = state.ConfigsOf(job.Tenant).Max(config => config.Label);
        for (var label = spec.Label - 1; label >= least; label--) yield return Asking(new(Phrase.LowerLabel, Admission.Word(label), Admission.Word(spec.Label)), spec with { Label = label });
        var most = state.ConfigsOf(job.Tenant).Min(config => config.MaxPriority) ?? MostPriority;
        var priorities = state.Pending.Concat(state.Running).Select(other => other.Spec.Priority).Append(spec.Priority).SelectMany(other => new[] { other, other + 1 }).Where(priority => priority > spec.Priority && priority <= most).Distinct().Order().ToList();
        yield return Fewest(0, priorities.Count - 1, i => Asking(new(Phrase.HigherPriority, priorities[i], spec.Priority), spec with { Priority = priorities[i] }));
        foreach (var change in OfNodes().Concat(OfBounds()).Concat(OfLoans())) yield return change;
    }

    private IEnumerable<Change?> OfNodes() => state.Nodes.Where(node => !node.Healthy).Select(node => Granting(new Change(new(Phrase.ResumedNode, $"{state.Groups[node.Group].Pool.Name}/{node.Config.Name}")) { Node = node.Index }));

    /// <summary>What a tenant, or one above it, may hold at once and spend.</summary>
    private IEnumerable<Change?> OfBounds()
    {
        for (var index = job.Tenant; index >= 0; index = state.Tenants[index].Parent)
        {
            var (tenant, config) = (state.Tenants[index], state.Tenants[index].Config);
            if (config.MaxDevices is { } most)
                yield return Fewest(1, job.Spec.Devices + Math.Max(0, tenant.Devices - most), more => Granting(new Change(new(Phrase.HigherBound, more, config.Path, most + more, most)) { Tenant = config with { MaxDevices = most + more } }));
            if (config.Budget is { } budget)
            {
                if (budget.GpuHours is { } hours) yield return Granting(Budget(config, budget with { GpuHours = Above(ClusterState.SpentOf(tenant, now) / 3600, hours) }));
                if (budget.Won is { } won) yield return Granting(Budget(config, budget with { Won = Above(ClusterState.WonOf(tenant, now), won) }));
            }
        }
    }

    private static double Above(double spent, double bound) => spent < bound ? bound : Math.Floor(spent) + 1;

    private static Change Budget(TenantConfig config, BudgetConfig budget) => new(config.Budget!.GpuHours is { } hours && budget.GpuHours != hours
        ? new(Phrase.LargerBudgetHours, budget.GpuHours!, config.Path, hours)
        : new(Phrase.LargerBudgetWon, budget.Won!, config.Path, config.Budget.Won!))
    { Tenant = config with { Budget = budget } };

    /// <summary>Cohorts, limits of borrowing and lending, guarantees.</summary>
    private IEnumerable<Change?> OfLoans()
    {
        var kinds = state.Groups.Where(group => _view.Suits(job, group, now)).GroupBy(group => (group.Pool.Name, group.Kind)).ToList();
        var cohort = state.CohortOf(job.Tenant);
        var slot = state.Tenants[job.Tenant].Slot;
        var own = state.Tenants[slot == NodeGroup.Shared ? job.Tenant : state.Slots[slot]].Config;
        foreach (var ((pool, kind), groups) in kinds.Select(kind => (kind.Key, kind.ToList())))
        {
            var quota = own.Quotas.FirstOrDefault(quota => quota.Pool == pool && quota.Kind == kind);
            if (quota is { Borrow: { } borrow } && cohort is not null && job.Spec.Preemptible)
                yield return Fewest(1, groups.Sum(group => group.Nodes.Count), more => Granting(new Change(new(Phrase.BorrowMore, more, kind, pool, own.Path, borrow + more, borrow)) { Tenant = With(own, quota with { Borrow = borrow + more }) }));
            if (cohort is not null && job.Spec.Preemptible)
                foreach (var lender in state.Slots.Skip(1).Where(tenant => state.CohortOf(tenant) == cohort && tenant != state.Slots[slot]).Select(tenant => state.Tenants[tenant].Config))
                    if (lender.Quotas.FirstOrDefault(quota => quota.Pool == pool && quota.Kind == kind) is { Lend: { } lend } lent)
                        yield return Fewest(1, lent.Cells - lend, more => Granting(new Change(new(Phrase.LendMore, more, kind, pool, maySee(lender.Path) ? lender.Path : new Statement(Phrase.AnotherLender, cohort))) { Tenant = With(lender, lent with { Lend = lend + more }) }));
            yield return Fewest(1, groups.Sum(group => group.Cells[NodeGroup.Shared]), more => Granting(new Change(new(Phrase.MoreCells, more, kind, pool, own.Path))
            { Tenant = With(own, (quota ?? new QuotaConfig { Pool = pool, Kind = kind, Cells = 0 }) with { Cells = (quota?.Cells ?? 0) + more }) }));
        }
        if (cohort is null && job.Spec.Preemptible)
            foreach (var other in state.Tenants.Select(tenant => tenant.Config.Cohort).OfType<string>().Distinct()) yield return Granting(new Change(new(Phrase.JoinCohort, other, own.Path)) { Tenant = own with { Cohort = other } });
    }

    private static TenantConfig With(TenantConfig tenant, QuotaConfig quota) => tenant with { Quotas = [.. tenant.Quotas.Where(other => other.Pool != quota.Pool || other.Kind != quota.Kind), quota] };

    /// <summary>The longest time that it may be expected to hold devices without being in the way of those before it.</summary>
    private Change? Shorter(JobSpec spec)
    {
        var expected = scheduler.Expected(job);
        var isLearnt = scheduler.History.LastTwo(spec.RunClass) is not null;
        Change? Of(double seconds) => Asking(new(isLearnt ? Phrase.ShorterRun : Phrase.ShorterEstimate, seconds, expected), isLearnt ? spec with { MaxRunSeconds = seconds } : spec with { EstimateSeconds = seconds });
        var (low, high) = (Math.Floor(job.DoneSeconds) + LeastEstimateSeconds, Math.Min(expected, spec.MaxRunSeconds));
        if (low >= high || Of(low) is not { } best) return null;
        while (high / low > Close && high - low > 1)
        {
            var middle = Math.Floor(Math.Sqrt(low * high));
            if (middle <= low || Of(middle) is not { } longer) high = Math.Max(middle, low + 0.5);
            else (low, best) = (middle, longer);
        }
        return best;
    }

    /// <summary>Who must have ended, by name as far as they may be named.</summary>
    private Change Ends(IReadOnlyList<(JobState Job, double End)> gone)
    {
        var named = gone.Where(other => maySee(other.Job.Spec.Tenant)).Select(other => other.Job.Spec.Id).Order().ToList();
        var parts = new List<Statement>();
        if (named.Count > 0) parts.Add(new(named.Count > MostNamed ? Phrase.JobsAndMore : Phrase.Jobs, string.Join(", ", named.Take(MostNamed)), named.Count > MostNamed ? named.Count - MostNamed : named.Count));
        if (gone.Count > named.Count) parts.Add(new(Phrase.JobsOfOthers, gone.Count - named.Count));
        return new Change(new(Phrase.EndOf, parts.Aggregate((one, other) => new(Phrase.And, one, other)), Math.Max(0, gone.Max(other => other.End) - now))) { Gone = [.. gone.Select(other => other.Job.Spec.Id)] };
    }

    /// <summary>Asking for something else; null where it does not start so.</summary>
    private Change? Asking(Statement words, JobSpec spec)
    {
        var other = job.Copy(spec);
        if (!_anyoneMayLeave && _view.Fit(other, scheduler.EndIfStarted(other, now)) is null) return null;
        return Granting(new Change(words) { Spec = spec });
    }

    private Change? Granting(Change change) => rehearsal.Tried < _most && rehearsal.Try(change) is { Starts: true, OthersLeave: var others } ? others ? change with { Words = new(Phrase.OthersLeave, change.Words) } : change : null;

    private bool Starts(Change change) => Granting(change) is not null;

    /// <summary>Where a gang's workers are.</summary>
    public static Statement Where(Topology topology) => new(topology switch { Topology.Node => Phrase.OneNode, Topology.Island => Phrase.OneIsland, _ => Phrase.Anywhere });

    /// <summary>The largest number with which it starts: each of a few is tried, many are halved.</summary>
    private static Change? Most(int least, int most, Func<int, Change?> of) => Fewest(-most, -least, number => of(-number));

    /// <summary>The smallest number with which it starts.</summary>
    private static Change? Fewest(int least, int most, Func<int, Change?> of)
    {
        Change? found = null;
        _ = Least(least, most, number => of(number) is { } change && (found = change) is not null);
        return found;
    }

    private static int? Least(int least, int most, Func<int, bool> holds)
    {
        if (most - least < Exact)
        {
            for (var number = least; number <= most; number++)
                if (holds(number)) return number;
            return null;
        }
        if (!holds(most)) return null;
        var (no, yes) = (least - 1, most);
        while (yes - no > 1)
        {
            var middle = no + ((yes - no) / 2);
            if (holds(middle)) yes = middle;
            else no = middle;
        }
        return yes;
    }
}
