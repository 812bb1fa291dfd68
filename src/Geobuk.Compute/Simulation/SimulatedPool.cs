using System.Globalization;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Tenants;
using Geobuk.Models;

namespace Geobuk.Compute.Simulation;

/// <summary>What a trace is replayed on.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Pools">Pools and their nodes.</param>
/// <param name="Tenants">Tenants with their quotas; none where all jobs are alike.</param>
public sealed record SimulatedPool(string Name, IReadOnlyList<PoolConfig> Pools, IReadOnlyList<TenantConfig> Tenants)
{
    private const int MostDevices = 1_000_000;

    /// <summary>Whether only numbers are known of it, so that what jobs ask of kind, pool and label says nothing.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>Seconds that who starts is left alone for; null as the policy says.</summary>
    public double? MinRunSeconds { get; init; }

    /// <summary>Seconds to checkpoint and leave in; null as the policy says.</summary>
    public double? CheckpointDeadlineSeconds { get; init; }

    /// <summary>Devices in all.</summary>
    public int Devices => Pools.Sum(pool => pool.Nodes.Sum(node => node.Devices));

    /// <summary>Devices of the largest node; null where there is one node, so that only numbers count.</summary>
    public int? NodeDevices => Pools.Sum(pool => pool.Nodes.Count) == 1 ? null : Pools.Max(pool => pool.Nodes.Max(node => node.Devices));

    /// <summary>Devices of which only the number counts, or those of nodes.</summary>
    /// <param name="devices">Devices in all.</param>
    /// <param name="nodeDevices">Devices of a node; null takes one node for all.</param>
    public static SimulatedPool Of(int devices, int? nodeDevices = null) =>
        nodeDevices is { } node ? node < 1 || devices % node != 0 ? throw new UserInputException($"--node-gpus: {node}; expected a number that divides {devices}.") : Parse($"{devices / node}x{node}") : Parse($"{devices}");

    /// <summary>Reads what is asked for: 256 (devices), 60x8 (nodes of eight), 60x8+28x4 (several pools).</summary>
    /// <exception cref="UserInputException">It is none of these.</exception>
    public static SimulatedPool Parse(string text)
    {
        var pool = new SimulatedPool(text, [.. text.Split('+').Select((part, i) => Pool(text, part, i))], []) { IsAnonymous = true };
        return pool.Pools.Sum(one => one.Nodes.Sum(node => (long)node.Devices)) <= MostDevices ? pool : throw Refused(text);
    }

    private static PoolConfig Pool(string text, string part, int number)
    {
        var sizes = part.Split('x').Select(size => int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= MostDevices ? value : throw Refused(text)).ToList();
        if (sizes.Count > 2) throw Refused(text);
        var (nodes, devices) = sizes.Count == 1 ? (1, sizes[0]) : (sizes[0], sizes[1]);
        return new PoolConfig { Name = $"pool{number + 1}", Nodes = [.. Enumerable.Range(1, nodes).Select(i => new NodeConfig { Name = $"n{i}", Kind = "gpu", Devices = devices })] };
    }

    private static UserInputException Refused(string text) =>
        new($"--pool: {text}; expected devices (256), nodes of devices (60x8), several pools (60x8+28x4), 1 to {MostDevices} devices in all, or a .json file of pools and tenants as geobuk compute up --config takes it.");
}
