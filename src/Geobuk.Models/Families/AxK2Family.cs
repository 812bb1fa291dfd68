using System.Text.Json.Nodes;

namespace Geobuk.Models.Families;

/// <summary>A.X K2: gated norms, a gate on the attention's output, a sparse indexer; rejected groups score 0.</summary>
internal sealed class AxK2Family : LatentMixtureFamily
{
    public override string Name => "axk2";
    public override string Architecture => "AXK2ForCausalLM";
    public override float RejectedGroupScore => 0;

    internal override ModelConfig Read(ModelConfig common, ModelConfigReader keys)
    {
        var config = base.Read(common, keys);
        if (!keys.Flag("attn_gate_fused", true)) keys.Problem("attn_gate_fused", "false", "true", "Only the released, fused form of the gate is supported");
        var latent = config.Latent! with { OutputGate = keys.Flag("attention_output_gate", true), Indexer = Indexer(config.Latent!, keys) };
        if (latent.QueryRank is null && (latent.OutputGate || latent.Indexer is not null))
            keys.Problem("q_lora_rank", null, "a whole number, which the output gate and the indexer need", "Correct the file, or set attention_output_gate to false and leave out index_topk if the model has neither");
        return config with { Latent = latent, GatedNormRank = keys.Flag("gated_norm", true) ? keys.Integer("gated_norm_rank") : 0 };
    }

    internal override void Write(ModelConfig config, JsonObject root)
    {
        base.Write(config, root);
        root["attention_output_gate"] = config.Latent!.OutputGate;
        root["attn_gate_fused"] = true;
        root["gated_norm"] = config.GatedNormRank > 0;
        if (config.GatedNormRank > 0) root["gated_norm_rank"] = config.GatedNormRank;
        if (config.Latent.Indexer is not { } indexer) return;
        root["index_n_heads"] = indexer.Heads;
        root["index_head_dim"] = indexer.HeadSize;
        root["index_topk"] = indexer.TopK;
    }

    /// <summary>Without index_topk the model is served dense and the indexer's tensors are not used.</summary>
    private static IndexerConfig? Indexer(LatentAttentionConfig latent, ModelConfigReader keys)
    {
        if (!keys.Has("index_topk")) return null;
        var indexer = new IndexerConfig(keys.Integer("index_n_heads"), keys.Integer("index_head_dim"), keys.Integer("index_topk"));
        if (indexer.HeadSize < latent.RotaryHeadSize)
            keys.Problem("index_head_dim", indexer.HeadSize, $"at least qk_rope_head_dim {latent.RotaryHeadSize}, that part is turned");
        return indexer;
    }
}
