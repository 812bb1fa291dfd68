namespace Geobuk.Compute.Simulation;

/// <summary>A job of a trace.</summary>
/// <param name="Submitted">Seconds since the trace began.</param>
/// <param name="Seconds">How long it ran.</param>
/// <param name="Devices">Devices it held.</param>
/// <param name="Group">Who submitted it, as far as the trace says.</param>
/// <param name="Requested">What the submitter said it would run; null where the trace does not say.</param>
/// <param name="Preemptible">Whether it can be asked to checkpoint.</param>
public sealed record TraceJob(double Submitted, double Seconds, int Devices, string Group, double? Requested, bool Preemptible);
