namespace Geobuk.Compute.Tenants;

/// <summary>What a tenant may spend in all.</summary>
/// <param name="GpuHours">Device hours; null without bound.</param>
/// <param name="Won">Cost in won; null without bound.</param>
/// <param name="Hard">Whether running jobs are stopped (checkpointed, where they can be) when it is spent, and not only new ones kept from starting.</param>
public sealed record BudgetConfig(double? GpuHours = null, double? Won = null, bool Hard = false);
