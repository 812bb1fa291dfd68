namespace Geobuk.Compute.Pools;

/// <summary>One host of a pool.</summary>
public sealed record NodeConfig
{
    /// <summary>Unique within its pool.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of its devices, such as <c>h200</c>; <c>cpu</c> where cores are what is given out.</summary>
    public required string Kind { get; init; }

    /// <summary>Devices of that kind.</summary>
    public required int Devices { get; init; }

    /// <summary>Nodes of one island reach each other faster than others, such as those below one switch.</summary>
    public string Island { get; init; } = "";
}
