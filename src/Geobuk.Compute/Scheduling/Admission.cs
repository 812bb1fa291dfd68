using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>What is asked before anybody looks for devices, in this order: size, label, loan, time, budget, quota.</summary>
internal static class Admission
{
    /// <summary>Why the job may not even be considered; null where it may.</summary>
    /// <param name="state">What runs and waits.</param>
    /// <param name="job">The job.</param>
    /// <param name="now">The time.</param>
    /// <param name="given">Devices that the pass under way has given to a tenant, which the state does not know of yet; null where none is.</param>
    /// <param name="all">Takes every reason, where the first is not enough.</param>
    public static Refusal? Refusal(ClusterState state, JobState job, double now, Func<int, int>? given = null, List<Refusal>? all = null)
    {
        if (job.NotBefore > now && new Refusal(Gate.Time, new(Phrase.NotBefore, job.NotBefore - now)) is var early)
        {
            if (all is null) return early;
            all.Add(early);
        }
        if (!job.IsKnownToFit)
        {
            if (Misfit(state, job.Spec, now) is { } misfit)
            {
                all?.Add(misfit);
                return misfit;
            }
            // Pools do not change while the service runs; only a loan that ends can take a fit away.
            job.IsKnownToFit = state.Groups.TrueForAll(group => group.Pool.Expires is null);
        }
        for (var index = job.Tenant; index >= 0; index = state.Tenants[index].Parent)
        {
            var tenant = state.Tenants[index];
            if (Overspent(tenant, now) is { } found && new Refusal(Gate.Budget, found) is var budget)
            {
                if (all is null) return budget;
                all.Add(budget);
            }
            if (tenant.Config.MaxDevices is { } most && tenant.Devices + (given?.Invoke(index) ?? 0) is var held && held + job.Spec.Devices > most
                && new Refusal(Gate.Quota, new(Phrase.AtBound, tenant.Config.Path, held, most, job.Spec.Devices)) is var quota)
            {
                if (all is null) return quota;
                all.Add(quota);
            }
        }
        return all?.FirstOrDefault();
    }

    /// <summary>Why no pool could hold such a job, however long it waits; null where one could.</summary>
    public static Refusal? Misfit(ClusterState state, JobSpec spec, double now)
    {
        var kinds = state.Groups.Where(group => NodeConfig.Suits(spec.Kind, group.Kind) && (spec.Pool is null || spec.Pool == group.Pool.Name)).ToList();
        if (kinds.Count == 0)
        {
            var known = string.Join(", ", state.Groups.Select(group => $"{group.Pool.Name} ({group.Kind})"));
            return new Refusal(Gate.Size, spec.Kind is null ? new(Phrase.NoPool, spec.Pool!, known) : spec.Pool is null ? new(Phrase.NoKind, spec.Kind, known) : new(Phrase.NoKindInPool, spec.Kind, spec.Pool, known), new(Phrase.AnotherPoolOrKind));
        }
        var large = kinds.Where(group => Holds(group, spec)).ToList();
        if (large.Count == 0)
        {
            var most = kinds.Max(group => (group.CellDevices / spec.DevicesPerWorker) * (spec.Topology switch { Topology.Node => 1, Topology.Island => group.LargestIsland, _ => group.Nodes.Count }));
            return most > 0
                ? new Refusal(Gate.Size, new(spec.Topology == Topology.Any ? Phrase.TooManyWorkers : Phrase.TooManyTogether, spec.Workers, spec.DevicesPerWorker, most), new(Phrase.FewerWorkersAtAll, most))
                : new Refusal(Gate.Size, new(Phrase.WorkerTooLarge, spec.DevicesPerWorker, kinds.Max(group => group.CellDevices)), new(Phrase.SmallerWorkers, kinds.Max(group => group.CellDevices)));
        }
        var accredited = large.Where(group => group.Pool.Accreditation >= spec.Label).ToList();
        if (accredited.Count == 0)
            return new Refusal(Gate.Label, new(Phrase.LabelTooHigh, Word(spec.Label), Word(large.Max(group => group.Pool.Accreditation))), new(Phrase.AccreditedPool, Word(spec.Label)));
        if (accredited.TrueForAll(group => group.Pool.Expires <= now))
            return new Refusal(Gate.Loan, new(Phrase.LoanOver, string.Join(", ", accredited.Select(group => group.Pool.Name).Distinct())), new(Phrase.LongerLoan));
        return null;
    }

    /// <summary>Why the tenant could never start such a job, however long it waits; null where it could.</summary>
    public static Refusal? NeverAllowed(ClusterState state, JobSpec spec)
    {
        foreach (var tenant in state.Tenants.Where(tenant => ClusterState.IsWithin(spec.Tenant, tenant.Config.Path)))
        {
            if (tenant.Config.MaxDevices is { } most && spec.Devices > most)
                return new Refusal(Gate.Quota, new(Phrase.BeyondBound, tenant.Config.Path, most, spec.Devices), most > 0 ? new(Phrase.FewerDevicesAtAll, most) : new(Phrase.AnyDevices, tenant.Config.Path));
            if (tenant.Config.Budget is { GpuHours: 0 } or { Won: 0 }) return new Refusal(Gate.Budget, new(Phrase.NoBudget, tenant.Config.Path), new(Phrase.AnyBudget, tenant.Config.Path));
        }
        return NoAccount(state, spec);
    }

    /// <summary>Why no account could ever pay for such a job: neither its tenant's cells, nor the shared ones, nor what a cohort lends; null where one could.</summary>
    private static Refusal? NoAccount(ClusterState state, JobSpec spec)
    {
        var above = state.Tenants.Where(tenant => ClusterState.IsWithin(spec.Tenant, tenant.Config.Path)).OrderByDescending(tenant => tenant.Config.Path.Length).ToList();
        var slot = above.Count == 0 ? NodeGroup.Shared : above[0].Slot;
        var cohort = above.Select(tenant => tenant.Config.Cohort).FirstOrDefault(name => name is not null);
        var groups = state.Groups.Where(group => NodeConfig.Suits(spec.Kind, group.Kind) && (spec.Pool ?? group.Pool.Name) == group.Pool.Name && group.Pool.Accreditation >= spec.Label).ToList();
        bool Has(NodeGroup group, long cells) => cells * (group.CellDevices / spec.DevicesPerWorker) >= spec.Workers;
        if (groups.Exists(group => Has(group, group.Cells[slot]) || Has(group, group.Cells[NodeGroup.Shared]))) return null;
        var lent = cohort is not null && groups.Exists(group => (slot == NodeGroup.Shared || group.BorrowLimits[slot] > 0)
            && Has(group, Enumerable.Range(1, state.Slots.Count - 1).Where(other => state.CohortOf(state.Slots[other]) == cohort).Sum(other => (long)Math.Min(group.LendLimits[other], group.Cells[other]))));
        if (lent && spec.Preemptible) return null;
        var cells = slot == NodeGroup.Shared ? 0 : groups.Sum(group => group.Cells[slot] * group.CellDevices);
        var shared = groups.Sum(group => group.Cells[NodeGroup.Shared] * group.CellDevices);
        Statement others = cohort is null ? new(Phrase.NoLenders) : lent ? new(Phrase.OnlySaversBorrowMore) : new(Phrase.CohortLendsNoMore, cohort);
        return new Refusal(Gate.Quota, new(Phrase.NoAccount, spec.Tenant, cells, shared, others, spec.Workers, spec.DevicesPerWorker), lent ? new(Phrase.BeSaver) : new(Phrase.LargerQuota, spec.Tenant));
    }

    /// <summary>Why a running job must go because of its tenant's budget; null where it need not.</summary>
    public static Statement? HardStop(ClusterState state, JobState job, double now)
    {
        for (var index = job.Tenant; index >= 0; index = state.Tenants[index].Parent)
            if (state.Tenants[index].Config.Budget is { Hard: true } && Overspent(state.Tenants[index], now) is { } found) return found;
        return null;
    }

    private static bool Holds(NodeGroup group, JobSpec spec)
    {
        var perNode = group.CellDevices / spec.DevicesPerWorker;
        var together = spec.Topology switch { Topology.Node => 1, Topology.Island => group.LargestIsland, _ => group.Nodes.Count };
        return (long)perNode * together >= spec.Workers;
    }

    private static Statement? Overspent(TenantState tenant, double now)
    {
        if (tenant.Config.Budget is not { } budget) return null;
        var hours = ClusterState.SpentOf(tenant, now) / 3600;
        if (budget.GpuHours is { } most && hours >= most) return new(Phrase.HoursSpent, tenant.Config.Path, hours, most);
        return budget.Won is { } won && ClusterState.WonOf(tenant, now) is var spent && spent >= won ? new(Phrase.WonSpent, tenant.Config.Path, spent, won) : null;
    }

    /// <summary>A label's word.</summary>
    public static Statement Word(DataLabel label) => new(label switch { DataLabel.Open => Phrase.Open, DataLabel.Sensitive => Phrase.Sensitive, _ => Phrase.Classified });
}
