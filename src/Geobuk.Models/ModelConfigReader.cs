using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models;

/// <summary>Reads config.json and collects every mistake before it reports any.</summary>
internal sealed class ModelConfigReader(JsonObject root, string place)
{
    private static readonly string[] s_sizes = ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "max_position_embeddings"];

    private readonly List<string> _problems = [];

    public ModelConfig Read()
    {
        if (Family() is not { } family)
        {
            // Which keys an unknown family has is not known, but no size of any is negative or a text.
            foreach (var size in s_sizes.Where(Has)) Integer(size);
            throw new UserInputException(_problems);
        }
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
            NormEpsilon = Number("rms_norm_eps", 1e-6, eps => (float)eps > 0 && eps <= 1, "a number above 0 and at most 1"),
            Rope = new RopeConfigReader(root, place, _problems).Read(maxPositions),
            TieWordEmbeddings = Flag("tie_word_embeddings", false),
            BosTokenId = TokenIds("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = TokenIds("eos_token_id"),
            InitializerRange = Number("initializer_range", 0.02, range => range >= 0, "a number that is not negative"),
        }, this);
        CheckTokenIds(config);
        if (_problems.Count == 0) _problems.AddRange(ModelLimits.Excesses(config).Select(excess => $"{place}: {excess}. Correct the file."));
        return _problems.Count == 0 ? config : throw new UserInputException(_problems);
    }

    /// <summary>Notes a value that the model cannot have.</summary>
    public void Problem(string key, object? value, string expected, string remedy = "Correct the file") =>
        _problems.Add($"{place}: {key} is {value ?? (root.ContainsKey(key) ? "null" : "missing")}; expected {expected}. {remedy}.");

    private ModelFamily? Family()
    {
        var architecture = (root["architectures"] as JsonArray)?.FirstOrDefault()?.ToString();
        if (ModelFamily.Find(architecture, Text("model_type")) is { } family) return family;
        Problem("architecture", $"{architecture ?? "missing"} (model_type {Text("model_type") ?? "missing"})",
            string.Join(", ", ModelFamily.All.Select(known => known.Architecture)), "This model family is not supported");
        return null;
    }

    // A tokenizer or a template may know more ids than the embedding has rows; the model itself cannot begin or end with them.
    private void CheckTokenIds(ModelConfig config)
    {
        if (config.VocabularySize < 1) return;
        (string Key, int Id)[] ids = [.. new[] { config.BosTokenId }.OfType<int>().Select(id => ("bos_token_id", id)), .. config.EosTokenIds.Select(id => ("eos_token_id", id))];
        foreach (var (key, id) in ids)
            if (id >= config.VocabularySize) Problem(key, id, $"less than vocab_size {config.VocabularySize}");
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

    /// <summary>A number that the model can have; <paramref name="absent"/> where the key is missing or null, and with a problem noted where it is no such number.</summary>
    public double Number(string key, double absent, Func<double, bool> isPossible, string expected)
    {
        if (Number(root, key, place, _problems) is not { } number) return absent;
        if (isPossible(number)) return number;
        Problem(key, number, expected);
        return absent;
    }

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

    /// <summary>A number of an object in config.json, or null where the key is missing or null, or with a problem noted no number.</summary>
    public static double? Number(JsonObject from, string key, string place, List<string> problems)
    {
        if (from[key] is null) return null;
        if (from[key] is JsonValue value && value.TryGetValue<double>(out var number) && double.IsFinite(number)) return number;
        problems.Add($"{place}: {key} is {JsonFile.Quote(from[key], "null")}; expected a number. Correct the file.");
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
