using Geobuk.Models.Checkpoints.Gguf;

namespace Geobuk.Models.Layouts;

/// <summary>The architecture's keys of a GGUF file; what <see cref="GgufConfigReader"/> reads.</summary>
public static class GgufConfigWriter
{
    private const int SigmoidRouter = 2;

    /// <summary>Every key but the tokenizer's and the general ones.</summary>
    public static IEnumerable<(string Key, GgufValue Value)> Keys(ModelConfig config)
    {
        var prefix = config.Family.Name + ".";
        var keys = Sizes(config).Select(entry => (entry.Key, GgufValue.Of((uint)entry.Value)))
            .Append(("attention.layer_norm_rms_epsilon", GgufValue.Of((float)config.NormEpsilon)))
            .Append(("rope.freq_base", GgufValue.Of((float)config.Rope.Theta)))
            .Concat(RopeScale(config.Rope).Select(entry => ("rope.scaling." + entry.Key, entry.Value)));
        if (config.Latent is { RotatesHalves: true }) keys = keys.Append((GgufConfigReader.RotatesHalves, GgufValue.Of(true)));
        if (config.Mixture is { } mixture) keys = keys.Concat(Router(mixture));
        return keys.Select(entry => (prefix + entry.Item1, entry.Item2));
    }

    private static IEnumerable<(string Key, int Value)> Sizes(ModelConfig config)
    {
        yield return ("context_length", config.MaxPositions);
        yield return ("embedding_length", config.HiddenSize);
        yield return ("block_count", config.LayerCount);
        yield return ("feed_forward_length", config.IntermediateSize);
        yield return ("vocab_size", config.VocabularySize);
        yield return ("attention.head_count", config.HeadCount);
        yield return ("rope.dimension_count", config.RotarySize);
        foreach (var entry in config.Latent is { } latent ? LatentSizes(latent) : GroupedSizes(config)) yield return entry;
        if (config.GatedNormRank > 0) yield return ("gated_norm_rank", config.GatedNormRank);
    }

    private static IEnumerable<(string Key, int Value)> GroupedSizes(ModelConfig config) =>
    [
        ("attention.head_count_kv", config.KeyValueHeadCount),
        ("attention.key_length", config.HeadSize),
        ("attention.value_length", config.HeadSize),
    ];

    /// <summary>Latent attention is described as what its cache is: one key-value head of the latent and the shared rotated part.</summary>
    private static IEnumerable<(string Key, int Value)> LatentSizes(LatentAttentionConfig latent)
    {
        yield return ("attention.head_count_kv", 1);
        if (latent.QueryRank is { } rank) yield return ("attention.q_lora_rank", rank);
        yield return ("attention.kv_lora_rank", latent.KeyValueRank);
        yield return ("attention.key_length", latent.CacheWidth);
        yield return ("attention.value_length", latent.KeyValueRank);
        yield return ("attention.key_length_mla", latent.KeyHeadSize);
        yield return ("attention.value_length_mla", latent.ValueHeadSize);
        if (latent.Indexer is not { } indexer) yield break;
        yield return ("attention.indexer.head_count", indexer.Heads);
        yield return ("attention.indexer.key_length", indexer.HeadSize);
        yield return ("attention.indexer.top_k", indexer.TopK);
    }

    private static IEnumerable<(string Key, GgufValue Value)> Router(MixtureConfig mixture)
    {
        yield return ("expert_count", GgufValue.Of((uint)mixture.RoutedExperts));
        yield return ("expert_used_count", GgufValue.Of((uint)mixture.ExpertsPerToken));
        yield return ("expert_shared_count", GgufValue.Of((uint)mixture.SharedExperts));
        yield return ("expert_feed_forward_length", GgufValue.Of((uint)mixture.IntermediateSize));
        yield return ("leading_dense_block_count", GgufValue.Of((uint)mixture.LeadingDenseLayers));
        yield return ("expert_gating_func", GgufValue.Of((uint)SigmoidRouter));
        yield return ("expert_weights_norm", GgufValue.Of(mixture.NormalizeWeights));
        yield return ("expert_weights_scale", GgufValue.Of((float)mixture.WeightScale));
        if (mixture.Groups == 1) yield break;
        yield return ("expert_group_count", GgufValue.Of((uint)mixture.Groups));
        yield return ("expert_group_used_count", GgufValue.Of((uint)mixture.KeptGroups));
    }

    /// <summary>Linear and YaRN. Llama 3's rule is a tensor instead; its settings stand beside it for who writes config.json again.</summary>
    private static IEnumerable<(string Key, GgufValue Value)> RopeScale(RopeConfig rope)
    {
        if (rope.Scaling is RopeScaling.Llama3)
        {
            yield return (GgufConfigReader.Llama3Factor, GgufValue.Of(rope.Factor));
            yield return (GgufConfigReader.Llama3LowFrequency, GgufValue.Of(rope.LowFrequencyFactor));
            yield return (GgufConfigReader.Llama3HighFrequency, GgufValue.Of(rope.HighFrequencyFactor));
            yield return (GgufConfigReader.Llama3Original, GgufValue.Of((uint)rope.OriginalMaxPositions));
        }
        if (rope.Scaling is not (RopeScaling.Linear or RopeScaling.Yarn)) yield break;
        yield return ("type", GgufValue.Of(rope.Scaling == RopeScaling.Linear ? "linear" : "yarn"));
        yield return ("factor", GgufValue.Of((float)rope.Factor));
        if (rope.Scaling == RopeScaling.Linear) yield break;
        yield return ("original_context_length", GgufValue.Of((uint)rope.OriginalMaxPositions));
        yield return ("yarn_beta_fast", GgufValue.Of((float)rope.BetaFast));
        yield return ("yarn_beta_slow", GgufValue.Of((float)rope.BetaSlow));
        if (rope.MScaleAllDimensions is > 0 and { } all) yield return ("yarn_log_multiplier", GgufValue.Of((float)(0.1 * all)));
        // Readers multiply this with the scale that YaRN derives from the factor and, where it is there, the key above.
        var derived = (rope with { AttentionFactor = null, MScale = 1 }).AttentionScale();
        var relative = rope.AttentionScale() / derived;
        if (Math.Abs(relative - 1) > 1e-9) yield return ("attn_factor", GgufValue.Of((float)relative));
        // The two keys above are rounded to single precision; these are what the checkpoint says, and Geobuk's reader takes them.
        foreach (var (key, value) in new[] { ("attention_factor", rope.AttentionFactor), ("mscale", rope.MScale), ("mscale_all_dim", rope.MScaleAllDimensions) })
            if (value is { } exact) yield return ("geobuk." + key, GgufValue.Of(exact));
    }
}
