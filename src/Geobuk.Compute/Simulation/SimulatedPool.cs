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

    /// <summary>Nodes kept for tenants.</summary>
    public IReadOnlyList<ReservationConfig> Reservations { get; init; } = [];

    /// <summary>What it becomes later, in the order of time.</summary>
    public IReadOnlyList<PoolChange> Changes { get; init; } = [];

    /// <summary>Seconds that who starts is left alone for; null as the policy says.</summary>
    public double? MinRunSeconds { get; init; }

    /// <summary>Seconds to checkpoint and leave in; null as the policy says.</summary>
    public double? CheckpointDeadlineSeconds { get; init; }

    /// <summary>Devices in all.</summary>
    public int Devices => Pools.Sum(pool => pool.Nodes.Sum(node => node.Devices));

    /// <summary>Devices of the largest node; null where there is one node, so that only numbers count.</summary>
    public int? NodeDevices => Pools.Sum(pool => pool.Nodes.Count) == 1 ? null : Pools.Max(pool => pool.Nodes.Max(node => node.Devices));

    /// <summary>Whether times of the calendar count: ends of loans, reservations, changes on a day.</summary>
    public bool HasCalendar => Reservations.Count > 0 || Pools.Any(pool => pool.Expires is not null) || Changes.Any(change => change.Pool.HasCalendar);

    /// <summary>Devices of which only the number counts, or those of nodes.</summary>
    /// <param name="devices">Devices in all.</param>
    /// <param name="nodeDevices">Devices of a node; null takes one node for all.</param>
    public static SimulatedPool Of(int devices, int? nodeDevices = null) =>
        nodeDevices is { } node ? node < 1 || devices % node != 0 ? throw new UserInputException($"--node-gpus: {node}; expected a number that divides {devices}.") : Parse($"{devices / node}x{node}") : Parse($"{devices}");

    /// <summary>
    /// Reads what is asked for: 256 (devices), 60x8 (nodes of eight), 60x8+28x4 (several pools), a file; and what becomes of it later, after
    /// commas: <c>128,2026-11-30=64</c>, <c>pools.json,+3d=after.json</c>, or <c>pools.json,2026-11-30=lent:64</c> where one pool keeps so many devices.
    /// </summary>
    /// <param name="text">What is asked for.</param>
    /// <param name="file">Reads a file whose name ends in <c>.json</c>; null where none may be named.</param>
    /// <exception cref="UserInputException">It is none of these.</exception>
    public static SimulatedPool Parse(string text, Func<string, SimulatedPool>? file = null)
    {
        var parts = text.Split(',');
        var pool = One(text, parts[0], file) with { Name = text };
        var (now, changes) = (pool, new List<PoolChange>());
        foreach (var part in parts.Skip(1))
        {
            if (part.Split('=') is not [var when, var what]) throw new UserInputException($"--pool: {text}, where {part} is no change; expected a time and what the pool is then, such as 2026-11-30=64 or +3d=lent:64.");
            var (at, isCalendar) = PoolChange.Time(when, $"--pool: {text}");
            now = what.Split(':') is [var name, var devices] ? Kept(text, now, name, devices) : One(text, what, file);
            if (now.IsAnonymous != pool.IsAnonymous) throw new UserInputException($"--pool: {text}, where {what} is of another kind than {parts[0]}; expected both numbers or both .json files.");
            if (changes.Count > 0 && changes[^1].IsCalendar == isCalendar && changes[^1].At >= at) throw new UserInputException($"--pool: {text}, where {when} is not after the change before it; expected changes in the order of time.");
            changes.Add(new PoolChange(at, isCalendar, now with { Name = what }));
        }
        return pool with { Changes = changes };
    }

    /// <summary>The same with times since a trace began.</summary>
    /// <param name="origin">When it began, in seconds since 1970; null leaves times of the calendar out, where that is not the point of a change.</param>
    internal SimulatedPool Since(double? origin) => this with
    {
        Pools = [.. Pools.Select(pool => pool with { Expires = pool.Expires - origin })],
        Reservations = origin is { } zero ? [.. Reservations.Select(reservation => reservation with { From = reservation.From - zero, Until = reservation.Until - zero })] : [],
        Changes =
        [
            .. Changes.Select(change => new PoolChange(!change.IsCalendar ? change.At : change.At - (origin ?? throw new UserInputException($"--pool: {Name}, where a change is on a day, but the trace says no day; expected --start DAY for the day on which it began, or times such as +3d.")), false, change.Pool.Since(origin))).OrderBy(change => change.At),
        ],
    };

    private static SimulatedPool One(string text, string part, Func<string, SimulatedPool>? file)
    {
        if (file is not null && part.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return file(part);
        var pool = new SimulatedPool(part, [.. part.Split('+').Select((size, i) => Pool(text, size, i))], []) { IsAnonymous = true };
        return pool.Pools.Sum(one => one.Nodes.Sum(node => (long)node.Devices)) <= MostDevices ? pool : throw Refused(text);
    }

    /// <summary>A pool keeps its first nodes, up to so many devices.</summary>
    private static SimulatedPool Kept(string text, SimulatedPool before, string name, string number)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var devices)) throw new UserInputException($"--pool: {text}, where {name}:{number} keeps no number of devices; expected such as {name}:64.");
        if (before.Pools.FirstOrDefault(pool => pool.Name == name) is not { } pool) throw new UserInputException($"--pool: {text}, where there is no pool {name}; expected one of {string.Join(", ", before.Pools.Select(pool => pool.Name))}.");
        var (nodes, kept) = (new List<NodeConfig>(), 0);
        foreach (var node in pool.Nodes)
        {
            if (kept + node.Devices > devices) break;
            nodes.Add(node);
            kept += node.Devices;
        }
        if (kept != devices || (kept == 0 && before.Pools.Count == 1))
            throw new UserInputException($"--pool: {text}, where {name} cannot keep {devices} of its {pool.Nodes.Sum(node => node.Devices)} devices; expected its first nodes as a whole ({string.Join(", ", pool.Nodes.Take(20).Select(node => $"{node.Name} {node.Devices}"))}), and something left in all. What grows needs another file.");
        return before with { Pools = [.. before.Pools.Where(other => other != pool || kept > 0).Select(other => other == pool ? pool with { Nodes = nodes } : other)] };
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
