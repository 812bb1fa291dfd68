using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models;

/// <summary>Reads config.json and collects every mistake before it reports any.</summary>
internal sealed class ModelConfigReader(JsonObject root, string place)
{
    private readonly List<string> _problems = [];

    public ModelConfig Read()
    {
        var family = Family();
        var hidden = Integer("hidden_size");
        var heads = Integer("num_attention_heads");
        var keyValueHeads = root.ContainsKey("num_key_value_heads") ? Integer("num_key_value_heads") : heads;
        var headSize = root["head_dim"] is null ? (heads > 0 ? hidden / heads : 0) : Integer("head_dim");
        var maxPositions = Integer("max_position_embeddings");
        if (heads > 0 && root["head_dim"] is null && hidden % heads != 0)
            _problems.Add($"{place}: num_attention_heads is {heads}; expected a divisor of hidden_size {hidden}. Add head_dim or correct the file.");
        if (keyValueHeads > 0 && heads % keyValueHeads != 0)
            _problems.Add($"{place}: num_key_value_heads is {keyValueHeads}; expected a divisor of num_attention_heads {heads}. Correct the file.");
        if (headSize % 2 != 0)
            _problems.Add($"{place}: head_dim is {headSize}; expected an even number, RoPE turns pairs. Correct the file.");
        if (Text("hidden_act") is { } activation && activation != "silu")
            _problems.Add($"{place}: hidden_act is {activation}; expected silu. Other activations are not supported.");
        if (root["use_sliding_window"]?.GetValueKind() == JsonValueKind.True)
            _problems.Add($"{place}: use_sliding_window is true; expected false. Sliding windows are not supported.");
        var attentionBias = Flag("attention_bias");
        var config = new ModelConfig
        {
            Family = family,
            HiddenSize = hidden,
            IntermediateSize = Integer("intermediate_size"),
            LayerCount = Integer("num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            VocabularySize = Integer("vocab_size"),
            MaxPositions = maxPositions,
            NormEpsilon = Number(root, "rms_norm_eps") ?? 1e-6,
            Rope = Rope(maxPositions),
            TieWordEmbeddings = Flag("tie_word_embeddings"),
            QueryKeyValueBias = family == ModelFamily.Qwen2 || attentionBias,
            AttentionOutputBias = family == ModelFamily.Llama && attentionBias,
            MlpBias = family == ModelFamily.Llama && Flag("mlp_bias"),
            BosTokenId = TokenIds("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = TokenIds("eos_token_id"),
            InitializerRange = Number(root, "initializer_range") ?? 0.02,
        };
        return _problems.Count == 0 ? config : throw new UserInputException(_problems);
    }

    private ModelFamily Family()
    {
        var architecture = (root["architectures"] as JsonArray)?.FirstOrDefault()?.ToString();
        var type = Text("model_type");
        switch (architecture, type)
        {
            case ("LlamaForCausalLM", _) or (null, "llama"): return ModelFamily.Llama;
            case ("Qwen2ForCausalLM", _) or (null, "qwen2"): return ModelFamily.Qwen2;
            default:
                _problems.Add($"{place}: architecture is {architecture ?? "missing"} (model_type {type ?? "missing"}); expected LlamaForCausalLM or Qwen2ForCausalLM. This model family is not supported yet.");
                return ModelFamily.Llama;
        }
    }

    private RopeConfig Rope(int maxPositions)
    {
        var parameters = root["rope_parameters"] as JsonObject;
        var scaling = parameters ?? root["rope_scaling"] as JsonObject;
        var theta = Number(parameters ?? root, "rope_theta") ?? Number(root, "rope_theta") ?? 10000;
        if (theta <= 1) _problems.Add($"{place}: rope_theta is {theta}; expected a number above 1. Correct the file.");
        if (scaling is null) return new RopeConfig { Theta = theta };
        var type = (scaling["rope_type"] ?? scaling["type"])?.ToString() ?? "default";
        RopeScaling? rule = type switch
        {
            "default" => RopeScaling.None,
            "linear" => RopeScaling.Linear,
            "llama3" => RopeScaling.Llama3,
            "yarn" => RopeScaling.Yarn,
            _ => null,
        };
        if (rule is null)
            _problems.Add($"{place}: rope type is {type}; expected default, linear, llama3 or yarn. This scaling is not supported.");
        var original = Number(scaling, "original_max_position_embeddings") ?? Number(root, "original_max_position_embeddings");
        var factor = Number(scaling, "factor") ?? (original is > 0 ? maxPositions / original.Value : 1);
        if (factor <= 0) _problems.Add($"{place}: rope factor is {factor}; expected a positive number. Correct the file.");
        if (rule is RopeScaling.Llama3 && original is null)
            _problems.Add($"{place}: original_max_position_embeddings is missing; rope type llama3 needs it. Correct the file.");
        return new RopeConfig
        {
            Theta = theta,
            Scaling = rule ?? RopeScaling.None,
            Factor = factor,
            OriginalMaxPositions = (int)(original ?? maxPositions),
            LowFrequencyFactor = Number(scaling, "low_freq_factor") ?? 1,
            HighFrequencyFactor = Number(scaling, "high_freq_factor") ?? 4,
            BetaFast = Number(scaling, "beta_fast") ?? 32,
            BetaSlow = Number(scaling, "beta_slow") ?? 1,
            AttentionFactor = Number(scaling, "attention_factor"),
            MScale = Number(scaling, "mscale"),
            MScaleAllDimensions = Number(scaling, "mscale_all_dim"),
        };
    }

    private int Integer(string key)
    {
        if (root[key] is not JsonValue value || !value.TryGetValue<int>(out var number))
        {
            _problems.Add($"{place}: {key} is {root[key]?.ToJsonString() ?? "missing"}; expected a whole number. Correct the file.");
            return 0;
        }
        if (number is < 1 or > 1 << 28) _problems.Add($"{place}: {key} is {number}; expected 1 to {1 << 28}. Correct the file.");
        return number;
    }

    private double? Number(JsonObject from, string key)
    {
        if (from[key] is null) return null;
        if (from[key] is JsonValue value && value.TryGetValue<double>(out var number) && double.IsFinite(number)) return number;
        _problems.Add($"{place}: {key} is {from[key]!.ToJsonString()}; expected a number. Correct the file.");
        return null;
    }

    private bool Flag(string key) => root[key]?.GetValueKind() == JsonValueKind.True;

    private string? Text(string key) => root[key]?.ToString();

    private List<int> TokenIds(string key)
    {
        var ids = new List<int>();
        foreach (var node in root[key] is JsonArray array ? [.. array] : new[] { root[key] })
        {
            if (node is null) continue;
            if (node is JsonValue value && value.TryGetValue<int>(out var id) && id >= 0) ids.Add(id);
            else _problems.Add($"{place}: {key} is {node.ToJsonString()}; expected a token id. Correct the file.");
        }
        return ids;
    }
}
