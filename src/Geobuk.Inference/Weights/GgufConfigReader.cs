using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;

namespace Geobuk.Inference.Weights;

/// <summary>The model configuration from a GGUF file's metadata, with every mistake reported at once.</summary>
internal sealed class GgufConfigReader
{
    private static readonly string[] s_endKeys = ["eos_token_id", "eot_token_id", "eom_token_id"];

    private readonly GgufFile _file;
    private readonly string _architecture;
    private readonly List<string> _problems = [];

    public GgufConfigReader(GgufFile file)
    {
        _file = file;
        _architecture = file.GetString("general.architecture");
        if (_architecture is not ("llama" or "qwen2"))
            throw new UserInputException($"{file.Path}: general.architecture is {_architecture}; expected llama or qwen2. This model family is not supported yet.");
    }

    public ModelConfig Read()
    {
        var hidden = Size("embedding_length");
        var heads = Size("attention.head_count");
        var keyValueHeads = Has("attention.head_count_kv") ? Size("attention.head_count_kv") : heads;
        var headSize = Has("attention.key_length") ? Size("attention.key_length") : hidden / Math.Max(heads, 1);
        var maxPositions = Size("context_length");
        Check(headSize % 2 == 0, "attention.key_length", headSize, "an even number, RoPE turns pairs");
        Check(keyValueHeads == 0 || heads % keyValueHeads == 0, "attention.head_count_kv", keyValueHeads, $"a divisor of attention.head_count {heads}");
        CheckSame("attention.value_length", headSize);
        CheckSame("rope.dimension_count", headSize);
        CheckSame("expert_count", 0);
        var config = new ModelConfig
        {
            Family = _architecture == "llama" ? ModelFamily.Llama : ModelFamily.Qwen2,
            HiddenSize = hidden,
            IntermediateSize = Size("feed_forward_length"),
            LayerCount = Size("block_count"),
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            VocabularySize = VocabularySize(),
            MaxPositions = maxPositions,
            NormEpsilon = Number("attention.layer_norm_rms_epsilon") ?? 1e-6,
            Rope = Rope(maxPositions),
            TieWordEmbeddings = _file.TryFind("output.weight") is null,
            QueryKeyValueBias = _file.TryFind("blk.0.attn_q.bias") is not null,
            AttentionOutputBias = _file.TryFind("blk.0.attn_output.bias") is not null,
            MlpBias = _file.TryFind("blk.0.ffn_gate.bias") is not null,
            BosTokenId = _file.TryGetInt("tokenizer.ggml.bos_token_id"),
            EosTokenIds = [.. s_endKeys.Select(key => _file.TryGetInt("tokenizer.ggml." + key)).OfType<int>().Distinct()],
        };
        return _problems.Count == 0 ? config : throw new UserInputException(_problems);
    }

    /// <summary>The embedding's rows: the key for it is optional.</summary>
    private int VocabularySize()
    {
        var tensor = _file.Find("token_embd.weight");
        var rows = tensor.Dimensions.Length == 2 ? tensor.Dimensions[1] : 0;
        if (rows is >= 1 and <= 1 << 28) return (int)rows;
        _problems.Add($"{_file.Path}: token_embd.weight has dimensions [{string.Join(", ", tensor.Dimensions)}]; expected [embedding length, vocabulary]. Write or fetch the file again.");
        return 0;
    }

    private RopeConfig Rope(int maxPositions)
    {
        var type = _file.TryGetString(Key("rope.scaling.type")) ?? "none";
        var factor = Number("rope.scaling.factor") ?? 1;
        var theta = Number("rope.freq_base") ?? 10000;
        Check(type is "none" or "linear" or "yarn", "rope.scaling.type", type, "none, linear or yarn");
        Check(factor > 0, "rope.scaling.factor", factor, "a positive number");
        Check(theta > 1, "rope.freq_base", theta, "a number above 1");
        var rope = new RopeConfig
        {
            Theta = theta,
            Scaling = type switch { "linear" => RopeScaling.Linear, "yarn" => RopeScaling.Yarn, _ => RopeScaling.None },
            Factor = factor,
            OriginalMaxPositions = _file.TryGetInt(Key("rope.scaling.original_context_length")) ?? maxPositions,
            BetaFast = Number("rope.scaling.yarn_beta_fast") ?? 32,
            BetaSlow = Number("rope.scaling.yarn_beta_slow") ?? 1,
        };
        // llama.cpp multiplies this key with the factor that YaRN derives.
        return Number("rope.scaling.attn_factor") is { } attention ? rope with { AttentionFactor = attention * rope.AttentionScale() } : rope;
    }

    private int Size(string name)
    {
        var value = _file.GetInt(Key(name));
        Check(value is >= 1 and <= 1 << 28, name, value, $"1 to {1 << 28}");
        return value;
    }

    private double? Number(string name)
    {
        var value = _file.TryGetNumber(Key(name));
        Check(value is null || double.IsFinite(value.Value), name, value ?? 0, "a finite number");
        return value;
    }

    private void CheckSame(string name, int expected)
    {
        if (Has(name)) Check(_file.GetInt(Key(name)) == expected, name, _file.GetInt(Key(name)), $"{expected}");
    }

    private void Check(bool valid, string name, object value, string expected)
    {
        if (!valid) _problems.Add($"{_file.Path}: {Key(name)} is {value}; expected {expected}. This model is damaged or not supported.");
    }

    private bool Has(string name) => _file.Metadata.ContainsKey(Key(name));

    private string Key(string name) => $"{_architecture}.{name}";
}
