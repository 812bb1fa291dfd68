using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Simulation;

/// <summary>A job's line of the journal; journals from before 2027 lack all after <c>preemptible</c>, or <c>cancelled</c> and <c>open</c>.</summary>
internal sealed record JournalEntry
{
    public long? Id { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required double Submitted { get; init; }

    /// <summary>What it worked, and kept.</summary>
    public required double Seconds { get; init; }

    public required int Devices { get; init; }

    public required string Tenant { get; init; }

    public double? Estimate { get; init; }

    public bool Preemptible { get; init; }

    public int? Workers { get; init; }

    public string? Kind { get; init; }

    public string? Pool { get; init; }

    public DataLabel Label { get; init; }

    public Topology Topology { get; init; }

    public int Priority { get; init; } = 50;

    public double? MaxRun { get; init; }

    public string? RunClass { get; init; }

    public IReadOnlyList<long> After { get; init; } = [];

    public bool Done { get; init; } = true;

    /// <summary>When somebody ended it, in seconds since 1970.</summary>
    public double? Cancelled { get; init; }

    /// <summary>Whether it was not over when the journal was written, so that its seconds are expected ones.</summary>
    public bool Open { get; init; }
}
