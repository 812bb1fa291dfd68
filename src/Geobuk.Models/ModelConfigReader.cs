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
        var heads = Integer("num_attention_heads");
        var maxPositions = Integer("max_position_embeddings");
        if (Text("hidden_act") is { } activation && activation != "silu")
            Problem("hidden_act", activation, "silu", "Other activations are not supported");
        if (Flag("use_sliding_window", false))
            Problem("use_sliding_window", "true", "false", "Sliding windows are not supported");
        var config = family.Read(new ModelConfig
        {
            Family = family,
            HiddenSize = Integer("hidden_size"),
            IntermediateSize = Integer("intermediate_size"),
            LayerCount = Integer("num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = root["num_key_value_heads"] is null ? heads : Integer("num_key_value_heads"),
            HeadSize = 0,
            VocabularySize = Integer("vocab_size"),
            MaxPositions = maxPositions,
            NormEpsilon = Number(root, "rms_norm_eps") ?? 1e-6,
            Rope = Rope(maxPositions),
            TieWordEmbeddings = Flag("tie_word_embeddings", false),
            BosTokenId = TokenIds("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = TokenIds("eos_token_id"),
            InitializerRange = Number(root, "initializer_range") ?? 0.02,
        }, this);
        if (_problems.Count == 0) _problems.AddRange(ModelLimits.Excesses(config).Select(excess => $"{place}: {excess}. Correct the file."));
        return _problems.Count == 0 ? config : throw new UserInputException(_problems);
    }

    /// <summary>Notes a value that the model cannot have.</summary>
    public void Problem(string key, object? value, string expected, string remedy = "Correct the file") =>
        _problems.Add($"{place}: {key} is {value ?? "missing"}; expected {expected}. {remedy}.");

    private ModelFamily Family()
    {
        var architecture = (root["architectures"] as JsonArray)?.FirstOrDefault()?.ToString();
        if (ModelFamily.Find(architecture, Text("model_type")) is { } family) return family;
        Problem("architecture", $"{architecture ?? "missing"} (model_type {Text("model_type") ?? "missing"})",
            string.Join(", ", ModelFamily.All.Select(known => known.Architecture)), "This model family is not supported");
        return ModelFamily.Llama;
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
        if (original is < 1 or > 1 << 28)
        {
            _problems.Add($"{place}: original_max_position_embeddings is {original}; expected 1 to {1 << 28}. Correct the file.");
            original = maxPositions;
        }
        var factor = Number(scaling, "factor") ?? (original is > 0 ? maxPositions / original.Value : 1);
        if (factor <= 0) _problems.Add($"{place}: rope factor is {factor}; expected a positive number. Correct the file.");
        if (rule is RopeScaling.Yarn && scaling["truncate"]?.GetValueKind() is JsonValueKind.False)
            _problems.Add($"{place}: rope truncate is false; expected true. YaRN between unrounded dimensions is not supported.");
        if (Number(scaling, "partial_rotary_factor") is { } part && part != 1)
            _problems.Add($"{place}: partial_rotary_factor is {part}; expected 1. Heads that are turned in part are not supported.");
        if (original is < 1 or > ModelLimits.Size) _problems.Add($"{place}: original_max_position_embeddings is {original}; expected 1 to {ModelLimits.Size}. Correct the file.");
        if (rule is RopeScaling.Llama3 && original is null)
            _problems.Add($"{place}: original_max_position_embeddings is missing; expected it with rope type llama3. Correct the file.");
        return new RopeConfig
        {
            Theta = theta,
            Scaling = rule ?? RopeScaling.None,
            Factor = factor,
            OriginalMaxPositions = (int)Math.Clamp(original ?? maxPositions, 0, ModelLimits.Size),
            LowFrequencyFactor = Number(scaling, "low_freq_factor") ?? 1,
            HighFrequencyFactor = Number(scaling, "high_freq_factor") ?? 4,
            BetaFast = Number(scaling, "beta_fast") ?? 32,
            BetaSlow = Number(scaling, "beta_slow") ?? 1,
            AttentionFactor = Number(scaling, "attention_factor"),
            MScale = Number(scaling, "mscale"),
            MScaleAllDimensions = Number(scaling, "mscale_all_dim"),
        };
    }

    /// <summary>The value is there and not null.</summary>
    public bool Has(string key) => root[key] is not null;

    /// <summary>A whole number of at least <paramref name="least"/>; 0 with a problem noted where it is not.</summary>
    public int Integer(string key, int least = 1)
    {
        if (root[key] is not JsonValue value || !value.TryGetValue<int>(out var number))
        {
            Problem(key, root[key]?.ToJsonString(), "a whole number");
            return 0;
        }
        var most = ModelLimits.Of(key);
        if (number >= least && number <= most) return number;
        Problem(key, number, $"{least} to {most}");
        return 0;
    }

    /// <summary>A whole number, or <paramref name="absent"/> where the key is missing or null.</summary>
    public int Integer(string key, int least, int absent) => Has(key) ? Integer(key, least) : absent;

    /// <summary>A number, or null where the key is missing or null.</summary>
    public double? Number(string key) => Number(root, key);

    /// <summary>True or false, or <paramref name="absent"/> where the key is missing or null.</summary>
    public bool Flag(string key, bool absent)
    {
        if (!Has(key)) return absent;
        if (root[key]!.GetValueKind() is JsonValueKind.True or JsonValueKind.False) return root[key]!.GetValue<bool>();
        Problem(key, root[key]!.ToJsonString(), "true or false");
        return absent;
    }

    /// <summary>A list of texts, or null.</summary>
    public IReadOnlyList<string>? Texts(string key) => root[key] is JsonArray array ? [.. array.Select(item => item?.ToString() ?? "null")] : null;

    /// <summary>A text, or null.</summary>
    public string? Text(string key) => root[key]?.ToString();

    private double? Number(JsonObject from, string key)
    {
        if (from[key] is null) return null;
        if (from[key] is JsonValue value && value.TryGetValue<double>(out var number) && double.IsFinite(number)) return number;
        _problems.Add($"{place}: {key} is {from[key]!.ToJsonString()}; expected a number. Correct the file.");
        return null;
    }

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
