using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models;

/// <summary>Reads the rotary positions of a config.json: rope_parameters, or the older rope_scaling with rope_theta beside it.</summary>
internal sealed class RopeConfigReader(JsonObject root, string place, List<string> problems)
{
    public RopeConfig Read(int maxPositions)
    {
        var parameters = Object("rope_parameters");
        var scaling = parameters ?? Object("rope_scaling");
        var theta = Number(parameters ?? root, "rope_theta") ?? Number(root, "rope_theta") ?? 10000;
        if (theta <= 1) Problem("rope_theta", theta, "a number above 1");
        // Older files have it beside the settings of the positions.
        var part = (scaling is null ? null : Number(scaling, "partial_rotary_factor")) ?? Number(root, "partial_rotary_factor") ?? 1;
        if (part != 1) Problem("partial_rotary_factor", part, "1", "Heads that are turned in part are not supported");
        if (scaling is null) return new RopeConfig { Theta = theta };
        var rule = Rule(scaling);
        var original = Original(scaling, rule, maxPositions);
        var factor = Number(scaling, "factor") ?? (original is > 0 ? maxPositions / original.Value : 1);
        if (factor <= 0) Problem("rope factor", factor, "a positive number");
        var config = new RopeConfig
        {
            Theta = theta,
            Scaling = rule,
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
        if (rule == RopeScaling.Llama3) CheckLlama3(config);
        if (rule == RopeScaling.Yarn) CheckYarn(config, scaling);
        return config;
    }

    /// <summary>The settings under a key; null where there are none.</summary>
    private JsonObject? Object(string key)
    {
        if (root[key] is not { } node) return null;
        if (node is not JsonObject settings)
        {
            Problem(key, JsonFile.Quote(node, "null"), "an object or null");
            return null;
        }
        // Models whose layers differ in kind have one object for each kind.
        string[] kinds = [.. settings.Where(entry => entry.Value is JsonObject).Select(entry => entry.Key)];
        if (kinds.Length == 0) return settings;
        Problem(key, $"by layer type ({string.Join(", ", kinds)})", "one object for all layers", "Layers with positions of their own are not supported");
        return null;
    }

    private RopeScaling Rule(JsonObject scaling)
    {
        var type = (scaling["rope_type"] ?? scaling["type"])?.ToString() ?? "default";
        RopeScaling? rule = type switch
        {
            "default" => RopeScaling.None,
            "linear" => RopeScaling.Linear,
            "llama3" => RopeScaling.Llama3,
            "yarn" => RopeScaling.Yarn,
            _ => null,
        };
        if (rule is null) Problem("rope type", type, "default, linear, llama3 or yarn", "This scaling is not supported");
        return rule ?? RopeScaling.None;
    }

    private double? Original(JsonObject scaling, RopeScaling rule, int maxPositions)
    {
        const string key = "original_max_position_embeddings";
        var original = Number(scaling, key) ?? Number(root, key);
        if (original is < 1 or > ModelLimits.Size)
        {
            Problem(key, original, $"1 to {ModelLimits.Size}");
            return maxPositions;
        }
        if (rule == RopeScaling.Llama3 && original is null) Problem(key, null, "it with rope type llama3");
        return original;
    }

    private void CheckLlama3(RopeConfig rope)
    {
        if (rope.LowFrequencyFactor <= 0) Problem("low_freq_factor", rope.LowFrequencyFactor, "a positive number");
        else if (rope.LowFrequencyFactor >= rope.HighFrequencyFactor)
            Problem("low_freq_factor", rope.LowFrequencyFactor, $"less than high_freq_factor {rope.HighFrequencyFactor}");
    }

    private void CheckYarn(RopeConfig rope, JsonObject scaling)
    {
        if (scaling["truncate"]?.GetValueKind() is JsonValueKind.False)
            Problem("rope truncate", "false", "true", "YaRN between unrounded dimensions is not supported");
        if (rope.Factor is > 0 and < 1) Problem("rope factor", rope.Factor, "at least 1 with rope type yarn");
        if (rope.BetaSlow <= 0) Problem("beta_slow", rope.BetaSlow, "a positive number");
        else if (rope.BetaSlow >= rope.BetaFast) Problem("beta_slow", rope.BetaSlow, $"less than beta_fast {rope.BetaFast}");
        if (rope.AttentionFactor <= 0) Problem("attention_factor", rope.AttentionFactor, "a positive number");
    }

    private double? Number(JsonObject from, string key) => ModelConfigReader.Number(from, key, place, problems);

    private void Problem(string key, object? value, string expected, string remedy = "Correct the file") =>
        problems.Add($"{place}: {key} is {value ?? "missing"}; expected {expected}. {remedy}.");
}
