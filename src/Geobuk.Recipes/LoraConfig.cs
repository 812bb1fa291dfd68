using Geobuk.Models;

namespace Geobuk.Recipes;

/// <summary>Low-rank adapters: W + alpha / rank * B A.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank of the update.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1024, Advice = "8 to 64 is usual.")]
    public int Rank { get; init; } = 16;
    /// <summary>Scale numerator.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 65_536, Advice = "One to two times the rank is usual.")]
    public double Alpha { get; init; } = 32;
    /// <summary>Dropout on the adapter's input.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, BelowMaximum = true, Advice = "0 to 0.1 is usual.")]
    public double Dropout { get; init; }
    /// <summary>Form of the update.</summary>
    [RecipeKey]
    public LoraVariant Variant { get; init; }
    /// <summary>Names of the layers that get one; in every layer, and in every expert, that is so named. None: every projection of the attention, and without experts of the MLP.</summary>
    [RecipeKey(Choices =
    [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "W_down", "W_up", "lm_head", "embed_tokens",
    ])]
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>A GGUF file made from the base: its quantized matrices stay as they are and are decoded where they are used; null trains on the base's own weights.</summary>
    [RecipeKey(Path = PathKind.File)]
    public string? QuantizedBase { get; init; }

    /// <summary>
    /// With the targets that suit a model where none are named: all projections of the attention, those into and out of latents too,
    /// and of the MLP where every token passes it. Experts are many and seldom met; who wants them names gate_proj, up_proj, down_proj.
    /// </summary>
    public LoraConfig For(ModelConfig model)
    {
        if (Targets.Count > 0) return this;
        if (model.Latent is not { } latent) return this with { Targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] };
        // DoRA has no form for a projection whose rows lie in two blocks.
        string[] queries = latent.QueryRank is null ? ["q_proj"] : latent.OutputGate && Variant == LoraVariant.Dora ? ["q_a_proj"] : ["q_a_proj", "q_b_proj"];
        return this with { Targets = [.. queries, "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"] };
    }

    /// <summary>What B A is multiplied with.</summary>
    public double Scale() => Variant == LoraVariant.Rslora ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;
}
