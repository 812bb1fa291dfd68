using System.Text.Json.Serialization;

namespace Geobuk.Compute.Simulation;

/// <summary>What a policy gave. Times in seconds; waiting is completion less submission less running alone.</summary>
public sealed record SimulationResult
{
    /// <summary>The policy.</summary>
    public required string Policy { get; init; }

    /// <summary>What it was replayed on.</summary>
    public required string Pool { get; init; }

    /// <summary>Jobs completed, of which all means are.</summary>
    public required int Jobs { get; init; }

    /// <summary>Jobs left out because no pool, or no account of their tenant, could ever hold them.</summary>
    public int LeftOut { get; init; }

    /// <summary>Why the first of them was; null where none was.</summary>
    public string? LeftOutBecause { get; init; }

    /// <summary>Jobs that were cancelled, as in the trace, before they were done, or came after one that was not done.</summary>
    public int Cancelled { get; init; }

    /// <summary>Jobs ended because they ran for as long as they may.</summary>
    public int Stopped { get; init; }

    /// <summary>Jobs that wait when all else is over: their budget is spent, or what they need is gone.</summary>
    public int Unfinished { get; init; }

    /// <summary>Devices, before any change.</summary>
    public required int Gpus { get; init; }

    /// <summary>Device-seconds asked for over those there from the first submission to the last.</summary>
    public required double Load { get; init; }

    /// <summary>Mean wait.</summary>
    public required double AverageWaitSeconds { get; init; }

    /// <summary>95th percentile of the wait.</summary>
    public required double P95WaitSeconds { get; init; }

    /// <summary>Mean time from submission to completion.</summary>
    public required double AverageCompletionSeconds { get; init; }

    /// <summary>Mean of (wait + run) / max(run, 10 s), at least 1.</summary>
    public required double BoundedSlowdown { get; init; }

    /// <summary>Device-seconds worked, and kept, over those there until the last completion.</summary>
    public required double Utilization { get; init; }

    /// <summary>Jobs asked to leave.</summary>
    public required int Preemptions { get; init; }

    /// <summary>Device-seconds that jobs held without getting on: coming back, and what had to be done again.</summary>
    public double LostDeviceSeconds { get; init; }

    /// <summary>Starts and preemptions.</summary>
    public required long Decisions { get; init; }

    /// <summary>Decisions over the time spent deciding.</summary>
    public required double DecisionsPerSecond { get; init; }

    /// <summary>Its tenants, or the trace's groups, by name.</summary>
    public IReadOnlyList<TenantResult> Tenants { get; init; } = [];

    /// <summary>Devices over time.</summary>
    [JsonIgnore]
    public IReadOnlyList<UsedSpan> Use { get; init; } = [];

    /// <summary>When each job of the trace started for the last time, in seconds since the trace began; not a number where it never did.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Starts { get; init; } = [];

    /// <summary>The forecast of starts; null where nobody waited.</summary>
    public ForecastScore? Forecast { get; init; }
}
