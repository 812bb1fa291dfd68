using System.Globalization;
using Geobuk.Models.Checkpoints.Gguf;

namespace Geobuk.Models.Layouts;

/// <summary>The model configuration from a GGUF file's metadata, with every mistake reported at once.</summary>
public sealed class GgufConfigReader
{
    private static readonly string[] s_endKeys = ["eos_token_id", "eot_token_id", "eom_token_id"];

    /// <summary>All tokens that end a generation, where a file has more than llama.cpp's keys can name.</summary>
    public const string StopsKey = "geobuk.stop_token_ids";

    /// <summary>The checkpoint turns halves of latent attention's heads; the file's rows are ordered so that neighbours are turned all the same.</summary>
    internal const string RotatesHalves = "rope.geobuk.half_split";

    private static readonly string[] s_exactKeys = ["attention_factor", "mscale", "mscale_all_dim"];

    internal const string Llama3Factor = "geobuk.llama3_factor", Llama3LowFrequency = "geobuk.llama3_low_freq_factor",
        Llama3HighFrequency = "geobuk.llama3_high_freq_factor", Llama3Original = "geobuk.llama3_original_context_length";

    private readonly GgufFile _file;
    private readonly ModelFamily _family;
    private readonly List<string> _problems = [];

    private GgufConfigReader(GgufFile file)
    {
        _file = file;
        var architecture = file.GetString("general.architecture");
        _family = ModelFamily.All.FirstOrDefault(family => family.Name == architecture)
            ?? throw new UserInputException($"{file.Path}: general.architecture is {architecture}; expected {string.Join(", ", ModelFamily.All)}. This model family is not supported.");
    }

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="UserInputException">Names every key that is missing or impossible.</exception>
    public static ModelConfig Read(GgufFile file) => new GgufConfigReader(file).Read();

    /// <summary>Llama 3's scaling as the file's own keys describe it, or null where it has none: readers take the tensor of factors.</summary>
    public static RopeConfig? Llama3(GgufFile file, ModelConfig config)
    {
        var prefix = $"{config.Family.Name}.rope.scaling.";
        return file.TryGetNumber(prefix + Llama3Factor) is not { } factor ? null : config.Rope with
        {
            Scaling = RopeScaling.Llama3,
            Factor = factor,
            LowFrequencyFactor = file.GetNumber(prefix + Llama3LowFrequency),
            HighFrequencyFactor = file.GetNumber(prefix + Llama3HighFrequency),
            OriginalMaxPositions = file.GetInt(prefix + Llama3Original),
        };
    }

    private ModelConfig Read()
    {
        var heads = Size("attention.head_count");
        var maxPositions = Size("context_length");
        var config = new ModelConfig
        {
            Family = _family,
            HiddenSize = Size("embedding_length"),
            IntermediateSize = Size("feed_forward_length"),
            LayerCount = Size("block_count"),
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadSize = 0,
            VocabularySize = VocabularySize(),
            MaxPositions = maxPositions,
            NormEpsilon = Number("attention.layer_norm_rms_epsilon") ?? 1e-6,
            Rope = Rope(maxPositions),
            TieWordEmbeddings = _file.TryFind("output.weight") is null,
            BosTokenId = _file.TryGetInt("tokenizer.ggml.bos_token_id"),
            EosTokenIds = Ends(),
        };
        config = Has("attention.kv_lora_rank") ? WithLatentAttention(config) : WithGroupedAttention(config);
        if (Has("expert_count") && _file.GetInt(Key("expert_count")) > 0) config = config with { Mixture = Mixture(config.LayerCount) };
        var experts = (long)config.LayerCount * (config.Mixture?.RoutedExperts ?? 0);
        Check(experts <= ModelLimits.AllExperts, "expert_count", config.Mixture?.RoutedExperts ?? 0, $"at most {ModelLimits.AllExperts} in all {config.LayerCount} layers together");
        if (_problems.Count == 0) _problems.AddRange(ModelLimits.Excesses(config).Select(excess => $"{_file.Path}: {excess}. This model is damaged or not supported."));
        return _problems.Count == 0 ? config : throw new UserInputException(_problems);
    }

    private int[] Ends()
    {
        var stops = _file.TryGetInts(StopsKey) ?? [];
        foreach (var id in stops.Where(id => id < 0)) _problems.Add($"{_file.Path}: {StopsKey} has {id}; expected ids of tokens, 0 or more. This model is damaged.");
        return [.. s_endKeys.Select(key => _file.TryGetInt("tokenizer.ggml." + key)).OfType<int>().Concat(stops).Distinct()];
    }

    private ModelConfig WithGroupedAttention(ModelConfig config)
    {
        var (hidden, heads) = (config.HiddenSize, config.HeadCount);
        var keyValueHeads = Has("attention.head_count_kv") ? Size("attention.head_count_kv") : heads;
        var headSize = Has("attention.key_length") ? Size("attention.key_length") : hidden / Math.Max(heads, 1);
        Check(headSize % 2 == 0, "attention.key_length", headSize, "an even number, RoPE turns pairs");
        Check(keyValueHeads == 0 || heads % keyValueHeads == 0, "attention.head_count_kv", keyValueHeads, $"a divisor of attention.head_count {heads}");
        CheckSame("attention.value_length", headSize);
        CheckSame("rope.dimension_count", headSize);
        return config with
        {
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            QueryKeyValueBias = _file.TryFind("blk.0.attn_q.bias") is not null,
            AttentionOutputBias = _file.TryFind("blk.0.attn_output.bias") is not null,
            MlpBias = _file.TryFind("blk.0.ffn_gate.bias") is not null,
        };
    }

    /// <summary>key_length and value_length are those of the cache; the heads' own have the suffix _mla.</summary>
    private ModelConfig WithLatentAttention(ModelConfig config)
    {
        var (headSize, rotary) = (Size("attention.key_length_mla"), Size("rope.dimension_count"));
        Check(rotary < headSize, "rope.dimension_count", rotary, $"less than attention.key_length_mla {headSize}");
        Check(rotary % 2 == 0, "rope.dimension_count", rotary, "an even number, RoPE turns pairs");
        var latent = new LatentAttentionConfig
        {
            QueryRank = Has("attention.q_lora_rank") ? Size("attention.q_lora_rank") : null,
            KeyValueRank = Size("attention.kv_lora_rank"),
            PlainHeadSize = headSize - rotary,
            RotaryHeadSize = rotary,
            RotatesHalves = _file.TryGetBoolean(Key(RotatesHalves)) ?? false,
            ValueHeadSize = Size("attention.value_length_mla"),
            OutputGate = _file.TryFind("blk.0.attn_gate.weight") is not null,
            Indexer = Has("attention.indexer.top_k")
                ? new IndexerConfig(Size("attention.indexer.head_count"), Size("attention.indexer.key_length"), Size("attention.indexer.top_k"))
                : null,
        };
        if (latent.QueryRank is null && (latent.OutputGate || latent.Indexer is not null))
            Check(false, "attention.q_lora_rank", "missing", "a whole number, which the output gate and the indexer need");
        CheckSame("attention.key_length", latent.CacheWidth);
        CheckSame("attention.value_length", latent.KeyValueRank);
        if (latent.Indexer is { } indexer)
            Check(indexer.HeadSize >= rotary, "attention.indexer.key_length", indexer.HeadSize, $"at least rope.dimension_count {rotary}");
        return config with
        {
            HeadSize = headSize,
            Latent = latent,
            QueryKeyValueBias = _file.TryFind("blk.0.attn_kv_a_mqa.bias") is not null,
            AttentionOutputBias = _file.TryFind("blk.0.attn_output.bias") is not null,
            GatedNormRank = Has("gated_norm_rank") ? Size("gated_norm_rank") : 0,
        };
    }

    private MixtureConfig Mixture(int layers)
    {
        const int Sigmoid = 2;
        CheckSame("expert_gating_func", Sigmoid);
        var mixture = new MixtureConfig
        {
            RoutedExperts = Size("expert_count"),
            SharedExperts = Optional("expert_shared_count", 0),
            ExpertsPerToken = Size("expert_used_count"),
            IntermediateSize = Size("expert_feed_forward_length"),
            DenseLayers = DenseLayers(layers),
            Groups = Optional("expert_group_count", 1),
            KeptGroups = Optional("expert_group_used_count", 1),
            NormalizeWeights = _file.TryGetBoolean(Key("expert_weights_norm")) ?? false,
            WeightScale = Number("expert_weights_scale") ?? 1,
        };
        Check(mixture.Groups > 0 && mixture.RoutedExperts % mixture.Groups == 0, "expert_group_count", mixture.Groups, $"a divisor of expert_count {mixture.RoutedExperts}");
        if (mixture.Groups < 1) return mixture;
        var most = (long)mixture.RoutedExperts / mixture.Groups * mixture.KeptGroups;
        Check(mixture.Groups == 1 || mixture.RoutedExperts / mixture.Groups >= 2, "expert_group_count", mixture.Groups, "groups of at least 2 experts");
        Check(mixture.KeptGroups >= 1 && mixture.KeptGroups <= mixture.Groups, "expert_group_used_count", mixture.KeptGroups, $"1 to {mixture.Groups}");
        Check(mixture.ExpertsPerToken <= most, "expert_used_count", mixture.ExpertsPerToken, $"1 to {most}");
        return mixture;
    }

    /// <summary>The leading ones by their key, others by their tensors: no key is known for them.</summary>
    private int[] DenseLayers(int layers)
    {
        var leading = Optional("leading_dense_block_count", 0);
        return [.. Enumerable.Range(0, Math.Clamp(layers, 0, ModelLimits.Layers)).Where(layer => layer < leading
            || (_file.TryFind($"blk.{layer}.ffn_gate.weight") is not null && _file.TryFind($"blk.{layer}.ffn_gate_inp.weight") is null))];
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
        if (s_exactKeys.Any(key => Has("rope.scaling.geobuk." + key)))
        {
            return rope with
            {
                AttentionFactor = Number("rope.scaling.geobuk.attention_factor"),
                MScale = Number("rope.scaling.geobuk.mscale"),
                MScaleAllDimensions = Number("rope.scaling.geobuk.mscale_all_dim"),
            };
        }
        if (Number("rope.scaling.yarn_log_multiplier") is { } multiplier) rope = rope with { MScale = 1, MScaleAllDimensions = multiplier * 10 };
        // llama.cpp multiplies this key with the factor that YaRN derives.
        return Number("rope.scaling.attn_factor") is { } attention ? rope with { AttentionFactor = attention * rope.AttentionScale() } : rope;
    }

    private int Size(string name)
    {
        var value = _file.GetInt(Key(name));
        Check(value >= 1 && value <= ModelLimits.Of(name), name, value, $"1 to {ModelLimits.Of(name)}");
        return value;
    }

    private int Optional(string name, int absent)
    {
        var value = _file.TryGetInt(Key(name)) ?? absent;
        Check(value >= 0 && value <= ModelLimits.Of(name), name, value, $"0 to {ModelLimits.Of(name)}");
        return value;
    }

    private double? Number(string name)
    {
        var value = _file.TryGetNumber(Key(name));
        Check(value is null || double.IsFinite(value.Value), name, value ?? 0, "a finite number");
        // A file's single 0.00001 is what config.json calls 0.00001, and not 0.000009999999747: the shortest decimal that is this single.
        return value is { } number && (float)number == number ? double.Parse(((float)number).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : value;
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

    private string Key(string name) => $"{_family.Name}.{name}";
}
