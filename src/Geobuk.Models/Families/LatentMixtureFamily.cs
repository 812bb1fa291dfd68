using System.Text.Json.Nodes;

namespace Geobuk.Models.Families;

/// <summary>What A.X K1 and K2 have in common: latent attention and a mixture of experts.</summary>
internal abstract class LatentMixtureFamily : ModelFamily
{
    // What the published classes take where config.json does not say.
    private const double PublishedWeightScale = 2.5;

    public override bool TurnsNeighboursInGguf => true;

    internal override ModelConfig Read(ModelConfig common, ModelConfigReader keys)
    {
        var latent = new LatentAttentionConfig
        {
            QueryRank = keys.Has("q_lora_rank") ? keys.Integer("q_lora_rank") : null,
            KeyValueRank = keys.Integer("kv_lora_rank"),
            PlainHeadSize = keys.Integer("qk_nope_head_dim"),
            RotaryHeadSize = keys.Integer("qk_rope_head_dim"),
            RotatesHalves = !keys.Flag("rope_interleave", true),
            ValueHeadSize = keys.Integer("v_head_dim"),
        };
        if (latent.RotaryHeadSize % 2 != 0) keys.Problem("qk_rope_head_dim", latent.RotaryHeadSize, "an even number, RoPE turns pairs");
        if (common.KeyValueHeadCount != common.HeadCount)
            keys.Problem("num_key_value_heads", common.KeyValueHeadCount, $"num_attention_heads {common.HeadCount}, latent attention has no groups");
        if (keys.Text("scoring_func") is { } scoring && scoring != "sigmoid") keys.Problem("scoring_func", scoring, "sigmoid", "Other routers are not supported");
        if (keys.Text("topk_method") is { } method && method != "noaux_tc") keys.Problem("topk_method", method, "noaux_tc", "Other routers are not supported");
        var bias = keys.Flag("attention_bias", false);
        return common with { HeadSize = latent.KeyHeadSize, Latent = latent, Mixture = Mixture(common, keys), QueryKeyValueBias = bias, AttentionOutputBias = bias };
    }

    internal override void Write(ModelConfig config, JsonObject root)
    {
        var (latent, mixture) = (config.Latent!, config.Mixture!);
        root["q_lora_rank"] = latent.QueryRank;
        root["kv_lora_rank"] = latent.KeyValueRank;
        root["qk_nope_head_dim"] = latent.PlainHeadSize;
        root["qk_rope_head_dim"] = latent.RotaryHeadSize;
        root["v_head_dim"] = latent.ValueHeadSize;
        root["rope_interleave"] = !latent.RotatesHalves;
        root["attention_bias"] = config.QueryKeyValueBias;
        root["n_routed_experts"] = mixture.RoutedExperts;
        root["n_shared_experts"] = mixture.SharedExperts;
        root["num_experts_per_tok"] = mixture.ExpertsPerToken;
        root["moe_intermediate_size"] = mixture.IntermediateSize;
        if (mixture.LeadingDenseLayers == mixture.DenseLayers.Count)
            (root["first_k_dense_replace"], root["moe_layer_freq"]) = (mixture.LeadingDenseLayers, 1);
        else
            root["mlp_layer_types"] = new JsonArray([.. Enumerable.Range(0, config.LayerCount).Select(layer => (JsonNode)(config.IsMixture(layer) ? "sparse" : "dense"))]);
        root["n_group"] = mixture.Groups > 1 ? mixture.Groups : null;
        root["topk_group"] = mixture.Groups > 1 ? mixture.KeptGroups : null;
        root["norm_topk_prob"] = mixture.NormalizeWeights;
        root["routed_scaling_factor"] = mixture.WeightScale;
        root["scoring_func"] = "sigmoid";
        root["topk_method"] = "noaux_tc";
    }

    private static MixtureConfig Mixture(ModelConfig common, ModelConfigReader keys)
    {
        var mixture = new MixtureConfig
        {
            RoutedExperts = keys.Integer("n_routed_experts"),
            SharedExperts = keys.Integer("n_shared_experts", 0, 0),
            ExpertsPerToken = keys.Integer("num_experts_per_tok"),
            IntermediateSize = keys.Integer("moe_intermediate_size"),
            DenseLayers = DenseLayers(common, keys),
            Groups = keys.Integer("n_group", 1, 1),
            KeptGroups = keys.Integer("topk_group", 1, 1),
            NormalizeWeights = keys.Flag("norm_topk_prob", true),
            WeightScale = keys.Number("routed_scaling_factor", PublishedWeightScale, scale => scale > 0 && float.IsFinite((float)scale), "a positive number"),
        };
        if ((long)common.LayerCount * mixture.RoutedExperts > ModelLimits.AllExperts)
            keys.Problem("n_routed_experts", mixture.RoutedExperts, $"at most {ModelLimits.AllExperts} in all {common.LayerCount} layers together");
        if (mixture.Groups > 0 && mixture.RoutedExperts % mixture.Groups != 0)
            keys.Problem("n_group", mixture.Groups, $"a divisor of n_routed_experts {mixture.RoutedExperts}");
        else if (mixture.Groups > 1 && mixture.RoutedExperts / mixture.Groups < 2)
            keys.Problem("n_group", mixture.Groups, "groups of at least 2 experts, a group's score is that of its best two");
        if (mixture.KeptGroups > mixture.Groups) keys.Problem("topk_group", mixture.KeptGroups, $"1 to n_group {mixture.Groups}");
        else if (mixture.Groups > 0 && mixture.ExpertsPerToken > mixture.RoutedExperts / mixture.Groups * mixture.KeptGroups)
            keys.Problem("num_experts_per_tok", mixture.ExpertsPerToken, $"1 to {mixture.RoutedExperts / mixture.Groups * mixture.KeptGroups}, the experts of the kept groups");
        return mixture;
    }

    /// <summary>
    /// From the list of layer types where there is one; else the first few, and after them those whose number moe_layer_freq does not divide.
    /// </summary>
    private static int[] DenseLayers(ModelConfig common, ModelConfigReader keys)
    {
        var (first, step) = (keys.Integer("first_k_dense_replace", 0, 1), keys.Integer("moe_layer_freq", 1, 1));
        var layers = Enumerable.Range(0, common.LayerCount);
        int[] counted = [.. layers.Where(layer => layer < first || (step > 1 && layer % step != 0))];
        if (keys.Texts("mlp_layer_types") is not { } types) return counted;
        if (types.Count != common.LayerCount || types.Any(type => type is not ("dense" or "sparse")))
        {
            keys.Problem("mlp_layer_types", $"[{string.Join(", ", types.Distinct())}] for {types.Count} layers", $"dense or sparse for each of {common.LayerCount} layers");
            return counted;
        }
        int[] named = [.. layers.Where(layer => types[layer] == "dense")];
        if (keys.Has("first_k_dense_replace") && !named.SequenceEqual(counted))
            keys.Problem("first_k_dense_replace", first, "the layers that mlp_layer_types names, or only one of the keys");
        return named;
    }
}
