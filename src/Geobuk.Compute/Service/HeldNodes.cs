using System.Globalization;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;

namespace Geobuk.Compute.Service;

/// <summary>What a job holds, between the scheduler's indices and the names that are kept: <c>pool/node:devices</c>.</summary>
internal static class HeldNodes
{
    /// <summary>The pool that a job is on; null where it holds nothing.</summary>
    public static string? PoolOf(JobRecord record) => record.Nodes.Count > 0 ? record.Nodes[0].Split('/')[0] : null;

    /// <summary>What a job holds; null where some of it is not configured any more.</summary>
    public static Placement? PlacementOf(ClusterState state, JobRecord record)
    {
        var shares = new List<Share>();
        foreach (var text in record.Nodes)
        {
            var colon = text.LastIndexOf(':');
            var node = state.Nodes.FirstOrDefault(node => state.NameOf(node) == text[..colon]);
            if (node is null) return null;
            shares.Add(new Share(node.Index, int.Parse(text[(colon + 1)..], CultureInfo.InvariantCulture)));
        }
        var slot = state.TenantOf(record.Tenant).Slot;
        return shares.Count == 0 ? null : new Placement(new Charge(record.Borrowed || record.OwnCells ? slot : NodeGroup.Shared, record.Borrowed), shares);
    }

    /// <summary>The lowest numbers of devices on a node that no other job holds.</summary>
    public static IReadOnlyList<int> FreeDevices(ClusterState state, Share share, Func<long, JobRecord> recordOf)
    {
        var node = state.Nodes[share.Node];
        var name = state.NameOf(node) + ":";
        var held = node.Jobs.Select(job => recordOf(job.Spec.Id)).SelectMany(record => record.Nodes.Zip(record.DeviceNumbers)).Where(pair => pair.First.StartsWith(name, StringComparison.Ordinal)).SelectMany(pair => pair.Second).ToHashSet();
        return [.. Enumerable.Range(0, node.Config.Devices).Where(number => !held.Contains(number)).Take(share.Devices)];
    }
}
