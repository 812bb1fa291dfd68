namespace Geobuk.Compute.Pools;

/// <summary>A set of nodes from one provider, under one accreditation.</summary>
public sealed record PoolConfig
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Who lends it.</summary>
    public string Provider { get; init; } = "own";

    /// <summary>The most sensitive data that may be worked on here; open data only, unless it is said.</summary>
    public DataLabel Accreditation { get; init; } = DataLabel.Open;

    /// <summary>When the loan ends, in seconds since 1970; nothing is placed that would run beyond.</summary>
    public double? Expires { get; init; }

    /// <summary>What one device costs for an hour, in won.</summary>
    public double WonPerDeviceHour { get; init; }

    /// <summary>Seconds without activity after which an allocation is warned; null never.</summary>
    public double? IdleSeconds { get; init; }

    /// <summary>Which engine runs its jobs: local, slurm, kubernetes or ssh.</summary>
    public string Engine { get; init; } = "local";

    /// <summary>What the engine needs to know: addresses, partition, namespace, queue.</summary>
    public IReadOnlyDictionary<string, string> EngineSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>Its nodes.</summary>
    public required IReadOnlyList<NodeConfig> Nodes { get; init; }
}
