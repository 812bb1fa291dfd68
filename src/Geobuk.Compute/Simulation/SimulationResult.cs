using System.Text.Json.Serialization;

namespace Geobuk.Compute.Simulation;

/// <summary>What a policy gave. Times in seconds; waiting is completion less submission less running alone.</summary>
public sealed record SimulationResult
{
    /// <summary>The policy.</summary>
    public required string Policy { get; init; }

    /// <summary>What it was replayed on.</summary>
    public required string Pool { get; init; }

    /// <summary>Jobs completed: all of the trace.</summary>
    public required int Jobs { get; init; }

    /// <summary>Devices.</summary>
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

    /// <summary>Device-seconds worked over those there until the last completion.</summary>
    public required double Utilization { get; init; }

    /// <summary>Jobs asked to leave.</summary>
    public required int Preemptions { get; init; }

    /// <summary>Starts and preemptions.</summary>
    public required long Decisions { get; init; }

    /// <summary>Decisions over the time spent deciding.</summary>
    public required double DecisionsPerSecond { get; init; }

    /// <summary>When each job of the trace started for the last time, in seconds since the trace began.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Starts { get; init; } = [];

    /// <summary>The forecast of starts; null where nobody waited.</summary>
    public ForecastScore? Forecast { get; init; }
}
