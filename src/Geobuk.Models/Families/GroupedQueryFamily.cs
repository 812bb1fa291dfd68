using System.Text.Json.Nodes;

namespace Geobuk.Models.Families;

/// <summary>Llama and its descendants: grouped-query attention and one gated MLP a layer.</summary>
internal abstract class GroupedQueryFamily : ModelFamily
{
    internal override ModelConfig Read(ModelConfig common, ModelConfigReader keys)
    {
        var (heads, keyValueHeads) = (common.HeadCount, common.KeyValueHeadCount);
        var given = keys.Has("head_dim");
        var headSize = given ? keys.Integer("head_dim") : heads > 0 ? common.HiddenSize / heads : 0;
        if (!given && heads > 0 && common.HiddenSize % heads != 0)
            keys.Problem("num_attention_heads", heads, $"a divisor of hidden_size {common.HiddenSize}", "Add head_dim or correct the file");
        if (keyValueHeads > 0 && heads % keyValueHeads != 0)
            keys.Problem("num_key_value_heads", keyValueHeads, $"a divisor of num_attention_heads {heads}");
        if (headSize % 2 != 0) keys.Problem("head_dim", headSize, "an even number, RoPE turns pairs");
        if (keys.Texts("layer_types") is { } types && types.FirstOrDefault(type => type != "full_attention") is { } other)
            keys.Problem("layer_types", other, "full_attention in every layer", "Sliding windows are not supported");
        return common with { HeadSize = headSize, QueryKeyValueBias = AlwaysQueryKeyValueBias };
    }

    internal override void Write(ModelConfig config, JsonObject root) => root["head_dim"] = config.HeadSize;
}
