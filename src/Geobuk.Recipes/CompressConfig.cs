namespace Geobuk.Recipes;

/// <summary>The light model.</summary>
public sealed record CompressConfig
{
    /// <summary>GGUF type or mix.</summary>
    [RecipeKey(Choices = ["f32", "f16", "bf16", "q8_0", "q6_k", "q5_k_m", "q5_k_s", "q5_0", "q4_k_m", "q4_k_s", "q4_k", "q4_0", "iq4_nl", "iq4_xs", "q3_k_l", "q3_k_m", "q3_k_s", "q2_k"], Advice = "q4_k_m is usual.")]
    public string Preset { get; init; } = "q4_k_m";
}
