using System.Text.Json.Nodes;

namespace Geobuk.Models.Families;

/// <summary>A.X 3.1 and 3.1 Light.</summary>
internal sealed class LlamaFamily : GroupedQueryFamily
{
    public override string Name => "llama";
    public override string Architecture => "LlamaForCausalLM";
    public override bool TurnsNeighboursInGguf => true;

    internal override ModelConfig Read(ModelConfig common, ModelConfigReader keys)
    {
        var attentionBias = keys.Flag("attention_bias", false);
        return base.Read(common, keys) with
        {
            QueryKeyValueBias = attentionBias,
            AttentionOutputBias = attentionBias,
            MlpBias = keys.Flag("mlp_bias", false),
        };
    }

    internal override void Write(ModelConfig config, JsonObject root)
    {
        base.Write(config, root);
        root["attention_bias"] = config.QueryKeyValueBias;
        root["mlp_bias"] = config.MlpBias;
    }
}
