using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Scheduling;

/// <summary>A cluster copied as it is, or as it would be if one tenant were configured otherwise: whatever is tried on it changes nothing.</summary>
internal static class ClusterCopy
{
    /// <summary>A copy that shares nothing that can change with what it was made from.</summary>
    /// <param name="state">What is copied.</param>
    /// <param name="changed">A tenant of it as it would be configured; null leaves all as they are.</param>
    public static ClusterState Of(ClusterState state, TenantConfig? changed = null)
    {
        var copy = new ClusterState([.. state.Groups.Select(group => group.Pool).Distinct()],
            [.. state.Tenants.Select(tenant => tenant.Config.Path == changed?.Path ? changed : tenant.Config)], state.Reservations, state.UsageHalfLifeSeconds)
        { LastOrderPreemption = state.LastOrderPreemption };
        var slots = state.Slots.Select(tenant => Math.Max(NodeGroup.Shared, copy.Slots.ToList().IndexOf(tenant))).ToArray();
        var jobs = new Dictionary<JobState, JobState>();
        Placement Moved(Placement placement) => placement with { Charge = placement.Charge with { Slot = slots[placement.Charge.Slot] } };
        foreach (var job in state.Running)
        {
            var same = jobs[job] = job.Copy();
            copy.Occupy(same, Moved(job.Placement!), job.Started);
            same.RankValidUntil = job.RankValidUntil;
        }
        foreach (var job in state.Pending)
        {
            var same = jobs[job] = job.Copy();
            copy.Enqueue(same, job.Rank, job.QueuedAt);
            if (same.Claim is { } claim) same.Claim = Moved(claim);
        }
        copy.Claimants.AddRange(state.Claimants.Select(job => jobs[job]));
        foreach (var (node, same) in state.Nodes.Zip(copy.Nodes))
        {
            same.Healthy = node.Healthy;
            same.Jobs.Clear();
            same.Jobs.AddRange(node.Jobs.Select(job => jobs[job]));
        }
        foreach (var (tenant, same) in state.Tenants.Zip(copy.Tenants)) same.Resume(tenant);
        return copy;
    }
}
