using Geobuk.Compute.Engines;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;

namespace Geobuk.Compute.Tests.Engines;

public sealed class SshEngineTests(SshHosts hosts) : EngineConformance, IClassFixture<SshHosts>
{
    protected override ComputeConfig Config => new()
    {
        Pools = [new PoolConfig { Name = "rented", Engine = "ssh", Nodes = [.. Enumerable.Range(1, 2).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8 })] }],
    };

    protected override IComputeEngine Engine(string root)
    {
        Skip.If(hosts.Config is null, "no sshd is installed here");
        return new SshEngine(root, new Dictionary<string, string> { ["config"] = hosts.Config! });
    }
}
