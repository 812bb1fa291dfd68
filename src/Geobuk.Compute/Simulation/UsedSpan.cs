namespace Geobuk.Compute.Simulation;

/// <summary>Means over a span of time.</summary>
/// <param name="From">Seconds since the trace began.</param>
/// <param name="Seconds">How long it is.</param>
/// <param name="There">Devices there were.</param>
/// <param name="Held">Devices held by jobs.</param>
/// <param name="Waiting">Devices that waiting jobs asked for.</param>
public sealed record UsedSpan(double From, double Seconds, double There, double Held, double Waiting);
