namespace Geobuk.Recipes;

/// <summary>Shape of a model trained from scratch (Llama layout, untied, no biases).</summary>
public sealed record ArchitectureConfig
{
    /// <summary>Layout of the model.</summary>
    [RecipeKey(Choices = ["llama"])]
    public string Family { get; init; } = "llama";
    /// <summary>Width of the residual stream.</summary>
    [RecipeKey(Minimum = 8, Maximum = 65_536, Advice = "256 to 1024 is usual for a small model.")]
    public int HiddenSize { get; init; } = 256;
    /// <summary>Width of the gated MLP.</summary>
    [RecipeKey(Minimum = 8, Maximum = 262_144, Advice = "Two to four times hidden_size is usual.")]
    public int IntermediateSize { get; init; } = 768;
    /// <summary>Decoder layers.</summary>
    [RecipeKey(Minimum = 1, Maximum = 512)]
    public int Layers { get; init; } = 4;
    /// <summary>Query heads.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1024)]
    public int Heads { get; init; } = 4;
    /// <summary>Key and value heads.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1024)]
    public int KeyValueHeads { get; init; } = 4;
    /// <summary>Longest context.</summary>
    [RecipeKey(Minimum = 16, Maximum = 1_048_576, Advice = "1024 to 8192 is usual.")]
    public int MaxPositions { get; init; } = 1024;
    /// <summary>Base of the RoPE frequencies.</summary>
    [RecipeKey(Minimum = 1, AboveMinimum = true, Maximum = 1e9, Advice = "10000 is usual.")]
    public double RopeTheta { get; init; } = 10000;
}
