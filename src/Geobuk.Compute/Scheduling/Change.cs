using Geobuk.Compute.Jobs;
using Geobuk.Compute.Tenants;
using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>One thing that could be otherwise for a waiting job.</summary>
/// <param name="Words">For people: what it would start with.</param>
internal sealed record Change(Statement Words)
{
    /// <summary>What would be asked for; null as it was.</summary>
    public JobSpec? Spec { get; init; }

    /// <summary>How a tenant would be configured; null as it is.</summary>
    public TenantConfig? Tenant { get; init; }

    /// <summary>Index of a node that would take jobs again; null none.</summary>
    public int? Node { get; init; }

    /// <summary>Numbers of running jobs that would have left.</summary>
    public IReadOnlyList<long> Gone { get; init; } = [];
}
