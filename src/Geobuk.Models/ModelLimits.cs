namespace Geobuk.Models;

/// <summary>
/// What a configuration may claim: far above any model, and low enough that products of sizes fit 32 bits and that lists with an
/// entry for every layer or expert stay small, before a single weight is seen.
/// </summary>
internal static class ModelLimits
{
    /// <summary>Widths, positions, entries of the vocabulary.</summary>
    public const int Size = 1 << 28;
    /// <summary>Layers.</summary>
    public const int Layers = 1 << 10;
    /// <summary>Attention heads, and experts of a layer.</summary>
    public const int Heads = 1 << 12;
    /// <summary>Width of one head.</summary>
    public const int HeadSize = 1 << 14;
    /// <summary>Experts of all layers together.</summary>
    public const int AllExperts = 1 << 17;

    private const long LargestWidth = 1 << 22;
    private const long MostTensors = 1 << 18;
    private const int TensorsOfALayer = 25;
    private const int TensorsOfAnExpert = 3;

    /// <summary>The most that a key of config.json, or of a GGUF file without the architecture, may say.</summary>
    public static int Of(string key) => key switch
    {
        "num_hidden_layers" or "first_k_dense_replace" or "block_count" or "leading_dense_block_count" => Layers,
        "num_attention_heads" or "num_key_value_heads" or "index_n_heads" or "attention.head_count" or "attention.head_count_kv" or "attention.indexer.head_count" => Heads,
        "n_routed_experts" or "n_shared_experts" or "num_experts_per_tok" or "expert_count" or "expert_shared_count" or "expert_used_count" => Heads,
        "attention.key_length_mla" or "attention.value_length_mla" or "attention.indexer.key_length" or "attention.key_length" or "rope.dimension_count" => HeadSize,
        _ => key.EndsWith("head_dim", StringComparison.Ordinal) ? HeadSize : Size,
    };

    /// <summary>What is too large, as "what is value; expected at most value".</summary>
    public static IEnumerable<string> Excesses(ModelConfig config)
    {
        foreach (var (name, width) in Widths(config))
            if (width > LargestWidth) yield return $"{name} is {width}; expected at most {LargestWidth}";
        var experts = (long)(config.Mixture?.RoutedExperts ?? 0);
        var tensors = config.LayerCount * (TensorsOfALayer + TensorsOfAnExpert * experts);
        if (tensors > MostTensors)
            yield return $"the model of {config.LayerCount} layers{(experts > 0 ? $" and {experts} experts" : "")} has about {tensors} tensors; expected at most {MostTensors}";
    }

    private static IEnumerable<(string Name, long Width)> Widths(ModelConfig config)
    {
        yield return ("the hidden size", config.HiddenSize);
        yield return ("the intermediate size", config.IntermediateSize);
        yield return ("the vocabulary size", config.VocabularySize);
        yield return ("the width of all heads", (long)config.HeadCount * config.HeadSize);
        if (config.Latent is { } latent)
        {
            yield return ("the width of all heads with values", config.HeadCount * ((long)latent.KeyHeadSize + latent.ValueHeadSize));
            yield return ("the latents' width", (latent.QueryRank ?? 0L) + latent.CacheWidth);
            yield return ("the indexer's width", (long)(latent.Indexer?.Heads ?? 0) * (latent.Indexer?.HeadSize ?? 0));
        }
        if (config.Mixture is { } mixture) yield return ("the width of the shared experts", Math.Max(1L, mixture.SharedExperts) * mixture.IntermediateSize);
        yield return ("the rank of the gated norms", config.GatedNormRank);
    }
}
