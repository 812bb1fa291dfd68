using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Simulation;

/// <summary>A job of a trace.</summary>
/// <param name="Submitted">Seconds since the trace began.</param>
/// <param name="Seconds">How long it ran.</param>
/// <param name="Devices">Devices it held.</param>
/// <param name="Group">Who submitted it, as far as the trace says.</param>
/// <param name="Requested">What the submitter said it would run; null where the trace does not say.</param>
/// <param name="Preemptible">Whether it can be asked to checkpoint.</param>
public sealed record TraceJob(double Submitted, double Seconds, int Devices, string Group, double? Requested, bool Preemptible)
{
    /// <summary>Its number; null where the trace does not say.</summary>
    public long? Id { get; init; }

    /// <summary>Workers of its gang; null where the trace does not say: as many as nodes suffice.</summary>
    public int? Workers { get; init; }

    /// <summary>Kind of device; null any.</summary>
    public string? Kind { get; init; }

    /// <summary>Pool; null any.</summary>
    public string? Pool { get; init; }

    /// <summary>The most sensitive data it read.</summary>
    public DataLabel Label { get; init; }

    /// <summary>How close its workers had to be.</summary>
    public Topology Topology { get; init; }

    /// <summary>0 to 100.</summary>
    public int Priority { get; init; } = 50;

    /// <summary>Most seconds of work.</summary>
    public double MaxRunSeconds { get; init; } = double.PositiveInfinity;

    /// <summary>Whose like it was; null where the trace does not say.</summary>
    public string? RunClass { get; init; }

    /// <summary>Numbers of jobs that had to be done before.</summary>
    public IReadOnlyList<long> After { get; init; } = [];

    /// <summary>Whether it came to its own end, so that its like are expected to run as long.</summary>
    public bool IsDone { get; init; } = true;

    /// <summary>When it was cancelled, in seconds since the trace began, until when it would have gone on; null where it was not.</summary>
    public double? Cancelled { get; init; }

    /// <summary>Whether it was cancelled or ran for as long as it might, so that nobody knows when it would have ended.</summary>
    internal bool IsCutOff => Cancelled is not null || (!IsDone && Seconds >= MaxRunSeconds);
}
