namespace Geobuk.Compute.Simulation;

/// <summary>How fast the scheduler decides.</summary>
/// <param name="Nodes">Nodes of eight devices.</param>
/// <param name="Queued">Jobs that wait at the start of each pass.</param>
/// <param name="Cycles">Passes measured.</param>
/// <param name="Decisions">Starts and preemptions in all of them.</param>
/// <param name="DecisionsPerSecond">Decisions over the time spent in passes and in carrying them out on the state.</param>
/// <param name="P50Milliseconds">Median pass.</param>
/// <param name="P99Milliseconds">99th percentile.</param>
public sealed record SchedulerSpeed(int Nodes, int Queued, int Cycles, long Decisions, double DecisionsPerSecond, double P50Milliseconds, double P99Milliseconds);
