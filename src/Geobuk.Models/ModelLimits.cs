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

    /// <summary>The most that a key of config.json, or of a GGUF file without the architecture, may say.</summary>
    public static int Of(string key) => key switch
    {
        "num_hidden_layers" or "first_k_dense_replace" or "block_count" or "leading_dense_block_count" => Layers,
        "num_attention_heads" or "num_key_value_heads" or "index_n_heads" or "attention.head_count" or "attention.head_count_kv" or "attention.indexer.head_count" => Heads,
        "n_routed_experts" or "n_shared_experts" or "num_experts_per_tok" or "expert_count" or "expert_shared_count" or "expert_used_count" => Heads,
        "attention.key_length_mla" or "attention.value_length_mla" or "attention.indexer.key_length" or "attention.key_length" or "rope.dimension_count" => HeadSize,
        _ => key.EndsWith("head_dim", StringComparison.Ordinal) ? HeadSize : Size,
    };
}
