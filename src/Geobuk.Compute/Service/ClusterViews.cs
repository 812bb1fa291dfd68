using Geobuk.Compute.Access;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;

namespace Geobuk.Compute.Service;

/// <summary>What of a cluster a key may see, for people.</summary>
internal static class ClusterViews
{
    /// <summary>Pools with their nodes and who is on them; another tenant is only "other".</summary>
    public static IReadOnlyList<PoolView> Pools(ClusterState state, IReadOnlyList<PoolConfig> pools, ApiKey by, double now) =>
        [.. pools.Select(pool => new PoolView(pool.Name, pool.Provider, pool.Accreditation, pool.Expires, pool.IdleSeconds, [.. state.Nodes.Where(node => state.Groups[node.Group].Pool == pool).Select(node => Of(node, by, now))]) { At = now })];

    /// <summary>Tenants with what they hold and used.</summary>
    public static IReadOnlyList<TenantView> Tenants(ClusterState state, ApiKey by, double now)
    {
        var siblings = state.Tenants.ToLookup(tenant => tenant.Parent);
        var all = siblings[-1].Sum(tenant => state.UsageOf(tenant, now));
        // Parents come before their children.
        var shares = new double[state.Tenants.Count];
        foreach (var tenant in state.Tenants) shares[tenant.Index] = (tenant.Parent < 0 ? 1 : shares[tenant.Parent]) * tenant.Config.Weight / siblings[tenant.Parent].Sum(sibling => sibling.Config.Weight);
        return [.. state.Tenants.Where(tenant => by.MaySee(tenant.Config.Path)).Select(tenant => new TenantView(tenant.Config.Path, tenant.Config.Weight,
            state.Groups.Sum(group => tenant.Slot != NodeGroup.Shared && state.Slots[tenant.Slot] == tenant.Index ? group.Cells[tenant.Slot] * group.CellDevices : 0),
            tenant.Devices, ClusterState.SpentOf(tenant, now) / 3600, tenant.Config.Budget?.GpuHours, ClusterState.WonOf(tenant, now), tenant.Config.Budget?.Won, state.SpentUp(tenant, now),
            shares[tenant.Index], all > 0 ? state.UsageOf(tenant, now) / all : 0))];
    }

    private static NodeView Of(NodeState node, ApiKey by, double now) => new(node.Config.Name, node.Config.Kind, node.Config.Devices, node.Config.Island, node.Healthy,
        [.. node.Jobs.Select(job => new NodeShare(by.MaySee(job.Spec.Tenant) ? job.Spec.Id : null, by.MaySee(job.Spec.Tenant) ? job.Spec.Tenant : "other",
            job.DevicesOn(node.Index), job.Placement!.Charge.Borrowed) { HeldSeconds = Math.Max(0, now - job.Started) })])
    { Over = Math.Max(0, node.Firm + node.Borrowed - node.Config.Devices) };
}
