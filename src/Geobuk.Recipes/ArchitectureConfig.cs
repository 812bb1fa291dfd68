namespace Geobuk.Recipes;

/// <summary>Shape of a model trained from scratch (Llama layout, untied, no biases).</summary>
public sealed record ArchitectureConfig
{
    /// <summary>Width of the residual stream.</summary>
    public int HiddenSize { get; init; } = 256;
    /// <summary>Width of the gated MLP.</summary>
    public int IntermediateSize { get; init; } = 768;
    /// <summary>Decoder layers.</summary>
    public int Layers { get; init; } = 4;
    /// <summary>Query heads.</summary>
    public int Heads { get; init; } = 4;
    /// <summary>Key and value heads.</summary>
    public int KeyValueHeads { get; init; } = 4;
    /// <summary>Longest context.</summary>
    public int MaxPositions { get; init; } = 1024;
    /// <summary>Base of the RoPE frequencies.</summary>
    public double RopeTheta { get; init; } = 10000;
}
