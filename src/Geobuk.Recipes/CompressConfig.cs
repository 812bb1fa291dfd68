namespace Geobuk.Recipes;

/// <summary>The light model.</summary>
public sealed record CompressConfig
{
    /// <summary>GGUF type or mix.</summary>
    [RecipeKey(Choices = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_k", "q6_k", "q4_k_m"], Advice = "q4_k_m is usual.")]
    public string Preset { get; init; } = "q4_k_m";
}
