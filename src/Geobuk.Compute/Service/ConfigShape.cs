using Geobuk.Compute.Jobs;

namespace Geobuk.Compute.Service;

/// <summary>What must hold of a configuration before anything of it can be looked at: nothing is null, names are names, numbers are finite.</summary>
internal static class ConfigShape
{
    private const int LongestName = 128;
    private const long MostDevices = 10_000_000;

    /// <summary>Every mistake; empty where there is none.</summary>
    public static IEnumerable<string> Problems(ComputeConfig config)
    {
        var nulls = Nulls(config).ToList();
        return nulls.Count > 0 ? nulls : Names(config).Concat(Numbers(config));
    }

    private static IEnumerable<string> Nulls(ComputeConfig config)
    {
        string? Null(string place, IEnumerable<object?>? items) => items?.All(item => item is not null) == true ? null : $"{place}: null among them; expected none. Leave it out.";
        return new[] { Null("pools", config.Pools), Null("tenants", config.Tenants), Null("reservations", config.Reservations) }
            .Concat((config.Pools ?? []).Where(pool => pool is not null).Select(pool => Null($"pools.{pool.Name}.nodes", pool.Nodes)))
            .Concat((config.Tenants ?? []).Where(tenant => tenant is not null).Select(tenant => Null($"tenants.{tenant.Path}.quotas", tenant.Quotas)))
            .Concat((config.Reservations ?? []).Where(reservation => reservation is not null).Select(reservation => Null("reservations.nodes", reservation.Nodes)))
            .OfType<string>();
    }

    private static IEnumerable<string> Names(ComputeConfig config)
    {
        // Jobs remember where they ran as pool/node:devices.
        static string? Name(string place, string name) => name.Length is > 0 and <= LongestName && !name.Any(c => c is '/' or ':' || char.IsControl(c) || char.IsWhiteSpace(c))
            ? null : $"{place}: \"{string.Concat(name.Select(c => char.IsControl(c) ? '?' : c))}\"; expected 1 to {LongestName} characters without spaces, '/' and ':'. Rename it.";
        return config.Pools.SelectMany(pool => new[] { Name("pools: name", pool.Name) }
                .Concat(pool.Nodes.SelectMany(node => new[] { Name($"pools.{pool.Name}.nodes: name", node.Name), Name($"pools.{pool.Name}.nodes.{node.Name}.kind", node.Kind) })))
            .Concat(config.Reservations.Select(reservation => JobRequest.IsPath(reservation.Tenant) ? null : $"reservations: tenant {reservation.Tenant}; expected organisation/project/user."))
            .OfType<string>();
    }

    private static IEnumerable<string> Numbers(ComputeConfig config)
    {
        static string? Finite(string place, double? number) => number is null || double.IsFinite(number.Value) ? null : $"{place}: {number}; expected a number that is finite. Leave it out where there is no bound.";
        var devices = config.Pools.SelectMany(pool => pool.Nodes).Sum(node => (long)node.Devices);
        return config.Pools.SelectMany(pool => new[] { Finite($"pools.{pool.Name}.idle_seconds", pool.IdleSeconds), Finite($"pools.{pool.Name}.expires", pool.Expires) })
            .Concat(config.Tenants.SelectMany(tenant => new[] { Finite($"tenants.{tenant.Path}.budget.gpu_hours", tenant.Budget?.GpuHours), Finite($"tenants.{tenant.Path}.budget.won", tenant.Budget?.Won) }))
            .Concat(config.Reservations.SelectMany(reservation => new[] { Finite("reservations.from", reservation.From), Finite("reservations.until", reservation.Until) }))
            .Concat(config.Tenants.SelectMany(tenant => tenant.Quotas.GroupBy(quota => (quota.Pool, quota.Kind)).Where(same => same.Count() > 1)
                .Select(same => $"tenants.{tenant.Path}.quotas: {same.Key.Kind} of pool {same.Key.Pool} is there {same.Count()} times; expected once. Put them together.")))
            .Append(devices > MostDevices ? $"pools: {devices} devices in all; expected at most {MostDevices}." : null)
            .OfType<string>();
    }
}
