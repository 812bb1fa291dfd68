namespace Geobuk.Compute.Simulation;

/// <summary>What a simulation assumes about machines and jobs.</summary>
public sealed record SimulationOptions
{
    /// <summary>Devices in all.</summary>
    public required int Devices { get; init; }

    /// <summary>Devices of a node; null takes one node for all, so that only numbers count.</summary>
    public int? NodeDevices { get; init; }

    /// <summary>Offered load to reach by stretching the times of submission; null leaves them.</summary>
    public double? Load { get; init; }

    /// <summary>Seconds that a preempted job spends to come back.</summary>
    public double RestartSeconds { get; init; } = 30;

    /// <summary>Whether the trace's groups are tenants of their own with equal shares; else all is one tenant's.</summary>
    public bool Tenants { get; init; }

    /// <summary>Seconds between looks at the queue where nothing happens.</summary>
    public double TickSeconds { get; init; } = 300;
}
