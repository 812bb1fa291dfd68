using Geobuk.Compute.Engines;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;

namespace Geobuk.Compute.Tests.Engines;

public sealed class ProcessEngineTests : EngineConformance
{
    protected override ComputeConfig Config => new() { Pools = [new PoolConfig { Name = "local", Nodes = [.. Enumerable.Range(1, 2).Select(i => new NodeConfig { Name = $"n{i}", Kind = "cpu", Devices = 8 })] }] };

    protected override IComputeEngine Engine(string root) => new ProcessEngine(root, () => { });
}
