using Geobuk.Compute.Engines;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>A real Slurm by its commands.</summary>
public sealed class SlurmEngineTests(SlurmCluster cluster) : EngineConformance, IClassFixture<SlurmCluster>
{
    internal static ComputeConfig TwoNodes { get; } = new()
    {
        Pools = [new PoolConfig { Name = "local", Engine = "slurm", Nodes = [.. Enumerable.Range(1, 2).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8 })] }],
    };

    protected override ComputeConfig Config => TwoNodes;

    protected override IComputeEngine Engine(string root)
    {
        Skip.If(cluster.Conf is null, "Slurm is not installed here");
        return new SlurmEngine(root, new Dictionary<string, string> { ["conf"] = cluster.Conf!, ["kind"] = "h200" });
    }

    [SkippableFact]
    public void Job_WhoseNodeSlurmGaveToSomebodyElse_SaysWhyUntilItBegins()
    {
        using var service = new TestService(Config, Engine);
        foreach (var node in new[] { "n1", "n2" }) cluster.Command("sbatch", "--job-name=other", $"--nodelist={node}", "--gres=gpu:h200:8", "--output=/dev/null", "--wrap=sleep 600");
        var job = service.Submit("true");

        Assert.Matches("^not begun by its engine: Slurm, [A-Z]", service.Until(job.Id, job => job.Reason?.ToString().EndsWith("None", StringComparison.Ordinal) == false).Reason?.ToString());
        cluster.Command("scancel", "--name=other");
        Assert.Null(service.Until(job.Id, job => job.IsOver).Reason);
    }
}
