using Geobuk.Compute.Scheduling;

namespace Geobuk.Compute.Simulation;

/// <summary>Who runs and who waits goes on in a cluster that is configured otherwise, as when the service is started again.</summary>
internal static class ClusterMove
{
    /// <summary>Who cannot stay: what it holds is not there any more.</summary>
    /// <param name="from">The cluster as it is.</param>
    /// <param name="to">As it will be; empty.</param>
    /// <param name="bySize">Whether a node that became smaller ends jobs, those first that lose least; else they run to their end.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<JobState> Homeless(ClusterState from, ClusterState to, bool bySize, double now)
    {
        var nodes = ByName(to);
        NodeState? Same(int node) => nodes.GetValueOrDefault(from.NameOf(from.Nodes[node])) is { } same && same.Config.Kind == from.Nodes[node].Config.Kind ? same : null;
        var homeless = from.Running.Where(job => job.Placement!.Shares.Any(share => Same(share.Node) is null)).ToHashSet();
        if (bySize)
            foreach (var node in from.Nodes)
                if (Same(node.Index) is { } same)
                {
                    var held = node.Jobs.Where(job => !homeless.Contains(job)).OrderBy(job => job.Spec.Preemptible).ThenByDescending(job => job.Spec.Preemptible ? job.Spec.Devices : job.Spec.Devices * job.Worked(now)).ThenBy(job => job.Spec.Id).ToList();
                    for (var over = held.Sum(job => job.DevicesOn(node.Index)) - same.Config.Devices; over > 0 && held.Count > 0; held.RemoveAt(held.Count - 1))
                    {
                        over -= held[^1].DevicesOn(node.Index);
                        homeless.Add(held[^1]);
                    }
                }
        return [.. homeless.OrderBy(job => job.Spec.Id)];
    }

    /// <summary>Moves all; who runs must have a place there.</summary>
    public static void Carry(ClusterState from, ClusterState to)
    {
        var nodes = ByName(to);
        foreach (var job in from.Running)
        {
            var (charge, shares) = (job.Placement!.Charge, job.Placement.Shares);
            var slot = charge is { Borrowed: false, Slot: NodeGroup.Shared } ? NodeGroup.Shared : to.TenantOf(job.Spec.Tenant).Slot;
            to.Occupy(job, new Placement(charge with { Slot = slot }, [.. shares.Select(share => share with { Node = nodes[from.NameOf(from.Nodes[share.Node])].Index })]), job.Started);
        }
        foreach (var job in from.Pending)
        {
            var queued = job.QueuedAt;
            (job.Claim, job.IsKnownToFit) = (null, false);
            to.Enqueue(job, job.Rank, queued);
        }
        foreach (var node in from.Nodes)
            if (nodes.TryGetValue(from.NameOf(node), out var same)) same.Healthy = node.Healthy;
        foreach (var tenant in from.Tenants) to.TenantOf(tenant.Config.Path).Resume(tenant);
        to.LastOrderPreemption = from.LastOrderPreemption;
    }

    private static Dictionary<string, NodeState> ByName(ClusterState state) => state.Nodes.ToDictionary(state.NameOf, StringComparer.Ordinal);
}
