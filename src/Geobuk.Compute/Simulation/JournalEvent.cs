namespace Geobuk.Compute.Simulation;

/// <summary>A line of the journal that is no job's.</summary>
internal sealed record JournalEvent
{
    /// <summary>Seconds since 1970.</summary>
    public required double At { get; init; }

    /// <summary>A node that takes no jobs from then on, as <c>pool/node</c>.</summary>
    public string? Drain { get; init; }

    /// <summary>A node that takes jobs again.</summary>
    public string? Resume { get; init; }

    /// <summary>Digest of the configuration from then on.</summary>
    public string? Config { get; init; }
}
