namespace Geobuk.Compute.Pools;

/// <summary>One host of a pool.</summary>
public sealed record NodeConfig
{
    /// <summary>Unique within its pool.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of a node that gives out its cores.</summary>
    public const string Cores = "cpu";

    /// <summary>What a job asks for that takes GPUs of any kind.</summary>
    public const string AnyGpu = "gpu";

    /// <summary>The kind of its devices, such as <c>h200</c>; <c>cpu</c> where cores are what is given out.</summary>
    public required string Kind { get; init; }

    /// <summary>Devices of that kind.</summary>
    public required int Devices { get; init; }

    /// <summary>Nodes of one island reach each other faster than others, such as those below one switch.</summary>
    public string Island { get; init; } = "";

    /// <summary>Whether a job that asks for a kind, or for none, may have devices of a kind.</summary>
    public static bool Suits(string? asked, string kind) => asked is null || asked == kind || (asked == AnyGpu && kind != Cores);
}
