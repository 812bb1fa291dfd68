using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>The suite on a real API server, under a queue of a real Kueue, gangs as JobSets of the real controller.</summary>
public sealed class KubernetesClusterTests(KubernetesCluster cluster) : EngineConformance, IClassFixture<KubernetesCluster>
{
    protected override ComputeConfig Config => new()
    {
        Pools = [new PoolConfig { Name = "cluster", Engine = "kubernetes", Nodes = [.. Enumerable.Range(1, 2).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8 })] }],
    };

    protected override IComputeEngine Engine(string root)
    {
        Skip.If(cluster.Kubeconfig is null, "GEOBUK_KUBERNETES names no folder with a cluster's programs");
        return new KubernetesEngine(root, new Dictionary<string, string> { ["kubeconfig"] = cluster.Kubeconfig!, ["image"] = "debian:12", ["namespace"] = KubernetesCluster.Namespace, ["queue"] = KubernetesCluster.Queue, ["gangs"] = "jobset" }, () => { });
    }
}
