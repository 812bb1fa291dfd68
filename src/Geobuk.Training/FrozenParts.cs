using Geobuk.Training.Modules;

namespace Geobuk.Training;

/// <summary>Keeps parts of a model at the base's weights: they get no gradients and no place in the optimizer.</summary>
internal static class FrozenParts
{
    /// <summary>Freezes the parts of the given names; see train.freeze of the recipe.</summary>
    public static void Freeze(CausalLanguageModel model, IReadOnlyList<string> parts)
    {
        foreach (var (name, parameter) in model.named_parameters())
            if (parts.Contains(PartOf(name))) parameter.requires_grad_(false);
    }

    /// <summary>Part of a checkpoint's tensor; a tied head belongs to the embeddings.</summary>
    internal static string PartOf(string name) => name switch
    {
        _ when name.Contains("embed_tokens.", StringComparison.Ordinal) => "embeddings",
        _ when name.StartsWith("lm_head.", StringComparison.Ordinal) => "head",
        _ when name.Contains("norm.", StringComparison.Ordinal) || name.Contains("layernorm.", StringComparison.Ordinal) => "norms",
        _ when name.Contains(".self_attn.", StringComparison.Ordinal) => "attention",
        _ => "mlp",
    };
}
