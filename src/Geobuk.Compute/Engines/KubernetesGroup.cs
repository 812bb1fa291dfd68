namespace Geobuk.Compute.Engines;

/// <summary>Workers of a gang whose pods are alike to Kubernetes, which itself chooses for each among the group's nodes.</summary>
/// <param name="Index">Which group of the gang, from 0.</param>
/// <param name="First">Number of its first worker.</param>
/// <param name="Workers">How many workers.</param>
/// <param name="Nodes">Where they run.</param>
/// <param name="IsEven">Each node has as many of them: so the service placed them, and so Kubernetes is told to.</param>
internal sealed record KubernetesGroup(int Index, int First, int Workers, IReadOnlyList<string> Nodes, bool IsEven)
{
    /// <summary>The whole gang.</summary>
    public static KubernetesGroup All(EngineJob job) => new(0, 0, job.Workers, [.. job.Nodes.Select(node => node.Key)], job.Nodes.Select(node => node.Value).Distinct().Count() == 1);

    /// <summary>The gang by how many workers a node has: Kubernetes spreads evenly, but not by numbers.</summary>
    public static IReadOnlyList<KubernetesGroup> Even(EngineJob job)
    {
        var groups = new List<KubernetesGroup>();
        foreach (var nodes in job.Nodes.GroupBy(node => node.Value / job.Devices))
            groups.Add(new KubernetesGroup(groups.Count, groups.Sum(group => group.Workers), nodes.Key * nodes.Count(), [.. nodes.Select(node => node.Key)], IsEven: true));
        return groups;
    }
}
