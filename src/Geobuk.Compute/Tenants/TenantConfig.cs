using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Tenants;

/// <summary>An organisation, a project of it or a user of that: <c>org</c>, <c>org/project</c>, <c>org/project/user</c>.</summary>
public sealed record TenantConfig
{
    /// <summary>Most jobs that wait at once where nothing else is said.</summary>
    public const int UsualWaiting = 10_000;

    /// <summary>The path; parents come by themselves.</summary>
    public required string Path { get; init; }

    /// <summary>Share of the machine relative to siblings.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Tenants of one cohort lend each other what lies idle; null neither lends nor borrows.</summary>
    public string? Cohort { get; init; }

    /// <summary>Guarantees.</summary>
    public IReadOnlyList<QuotaConfig> Quotas { get; init; } = [];

    /// <summary>Most devices at once, everything counted; null without bound.</summary>
    public int? MaxDevices { get; init; }

    /// <summary>Most jobs that wait at once, those of all tenants below it counted; null takes <see cref="UsualWaiting"/>.</summary>
    public int? MaxWaiting { get; init; }

    /// <summary>Highest priority that it, or who is below it, may ask for; null without bound.</summary>
    public int? MaxPriority { get; init; }

    /// <summary>How sensitive its data is at least, whatever a job says.</summary>
    public DataLabel Label { get; init; }

    /// <summary>What may be spent.</summary>
    public BudgetConfig? Budget { get; init; }
}
