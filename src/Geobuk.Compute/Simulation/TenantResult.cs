namespace Geobuk.Compute.Simulation;

/// <summary>What a policy gave to one tenant, or to one group of a trace.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Jobs">Its jobs that were completed.</param>
/// <param name="AverageWaitSeconds">Mean wait.</param>
/// <param name="AverageCompletionSeconds">Mean time from submission to completion.</param>
/// <param name="BoundedSlowdown">Mean of (wait + run) / max(run, 10 s), at least 1.</param>
/// <param name="DeviceSeconds">What its jobs worked and kept, those that were cancelled or stopped counted, too.</param>
public sealed record TenantResult(string Tenant, int Jobs, double AverageWaitSeconds, double AverageCompletionSeconds, double BoundedSlowdown, double DeviceSeconds);
