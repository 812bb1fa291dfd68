namespace Geobuk.Compute.Simulation;

/// <summary>What a simulation assumes about machines and jobs.</summary>
public sealed record SimulationOptions
{
    /// <summary>What the trace is replayed on.</summary>
    public required SimulatedPool Pool { get; init; }

    /// <summary>When the trace began, in seconds since 1970; null as the trace says.</summary>
    public double? Origin { get; init; }

    /// <summary>Offered load to reach by stretching the times of submission; null leaves them.</summary>
    public double? Load { get; init; }

    /// <summary>Seconds that a preempted job spends to come back.</summary>
    public double RestartSeconds { get; init; } = 30;

    /// <summary>Whether the trace's groups are tenants of their own with equal shares; else all is one tenant's, unless the pool has tenants.</summary>
    public bool Tenants { get; init; }

    /// <summary>Time at which the service looks that something is over which no job says, such as a budget or a loan: at the next multiple of so many seconds.</summary>
    public double LookSeconds { get; init; } = 0.5;

    /// <summary>Seconds between looks at the queue where nothing happens.</summary>
    public double TickSeconds { get; init; } = 300;
}
