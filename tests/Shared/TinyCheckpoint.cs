using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;

namespace Geobuk.Tests;

/// <summary>Makes small checkpoints of any family out of a configuration: the tests' own, where no golden folders are at hand.</summary>
internal static class TinyCheckpoint
{
    /// <summary>A shape of every family, by name; sizes that are no multiples of 8 or 4 where they need not be.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> Shapes { get; } = new Dictionary<string, ModelConfig>
    {
        ["llama"] = Llama,
        ["qwen2"] = Llama with { Family = ModelFamily.Qwen2, QueryKeyValueBias = true },
        ["axk1"] = AxK1,
        ["axk1-groups"] = AxK1 with { Mixture = AxK1.Mixture! with { Groups = 4, KeptGroups = 2 }, Rope = new RopeConfig { Scaling = RopeScaling.Yarn, Factor = 4, OriginalMaxPositions = 32, MScale = 1, MScaleAllDimensions = 1 } },
        ["axk1-plain-query"] = AxK1 with { Latent = AxK1.Latent! with { QueryRank = null, RotatesHalves = true }, QueryKeyValueBias = true, AttentionOutputBias = true },
        ["axk2"] = AxK2,
        ["axk2-halves"] = AxK2 with { Latent = AxK2.Latent! with { RotatesHalves = true } },
        ["axk2-groups"] = AxK2 with { Mixture = AxK2.Mixture! with { Groups = 4, KeptGroups = 2 }, Latent = AxK2.Latent! with { Indexer = null } },
    };

    /// <summary>A shape wide enough for blocks of 32 and of 256, its feed-forward width a multiple of 32 only.</summary>
    public static ModelConfig Wide(string family)
    {
        var config = Shapes[family];
        config = config with { HiddenSize = 256, IntermediateSize = 288, Mixture = config.Mixture is { } mixture ? mixture with { IntermediateSize = 64 } : null };
        return config.Latent is { } latent ? config with { Latent = latent with { QueryRank = latent.QueryRank is null ? null : 32, KeyValueRank = 64 } } : config;
    }

    private static ModelConfig Llama => new()
    {
        Family = ModelFamily.Llama,
        HiddenSize = 36,
        IntermediateSize = 70,
        LayerCount = 2,
        HeadCount = 6,
        KeyValueHeadCount = 2,
        HeadSize = 10,
        VocabularySize = 93,
        MaxPositions = 128,
        NormEpsilon = 1e-5,
        Rope = new RopeConfig(),
    };

    private static ModelConfig AxK1 => Llama with
    {
        Family = ModelFamily.AxK1,
        LayerCount = 3,
        HeadCount = 3,
        KeyValueHeadCount = 3,
        HeadSize = 18,
        Latent = new LatentAttentionConfig { QueryRank = 22, KeyValueRank = 20, PlainHeadSize = 12, RotaryHeadSize = 6, ValueHeadSize = 10 },
        Mixture = new MixtureConfig { RoutedExperts = 8, SharedExperts = 1, ExpertsPerToken = 3, IntermediateSize = 26, DenseLayers = [0], WeightScale = 2.5 },
    };

    private static ModelConfig AxK2 => AxK1 with
    {
        Family = ModelFamily.AxK2,
        Latent = AxK1.Latent! with { OutputGate = true, Indexer = new IndexerConfig(4, 14, 9) },
        GatedNormRank = 5,
    };

    /// <summary>Writes config.json and model.safetensors.</summary>
    public static void Write(string folder, ModelConfig config, int seed = 1, TensorDataType type = TensorDataType.F32, Action<List<TensorToWrite>>? change = null)
    {
        var tensors = ModelLayout.Of(config).Tensors
            .Select(spec => new TensorToWrite(spec.Name, spec.IsCorrection ? TensorDataType.F32 : type, [.. spec.Shape], () => Values(spec, config, seed))).ToList();
        change?.Invoke(tensors);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson("float32").ToJsonString());
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
    }

    private static float[] Values(TensorSpec spec, ModelConfig config, int seed)
    {
        var random = new Random(HashCode(spec.Name) ^ seed);
        // Weights shrink with the fan-in, so that wide models do not turn rounding into different attention.
        var scale = spec switch
        {
            { Role: TensorRole.Embedding } => 1,
            { Role: TensorRole.Head } => 0.4f,
            { IsCorrection: true } => 0.3f,
            { Shape.Count: 1 } => spec.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0.5f : 1,
            _ => 1.8f / MathF.Sqrt(spec.Shape[1]),
        };
        var values = new float[spec.Elements];
        for (var i = 0; i < values.Length; i++) values[i] = scale * (2 * random.NextSingle() - 1);
        if (spec.Name.EndsWith("q_b_proj.weight", StringComparison.Ordinal) && config.Latent is { OutputGate: true, QueryRank: { } rank } latent) ClearUnused(values, latent, rank);
        return values;
    }

    private static void ClearUnused(float[] values, LatentAttentionConfig latent, int rank)
    {
        var (width, perHead) = (2 * rank, latent.KeyHeadSize + latent.ValueHeadSize);
        for (var row = 0; row < values.Length / width; row++)
            values.AsSpan(row * width + (row % perHead < latent.KeyHeadSize ? rank : 0), rank).Clear();
    }

    /// <summary>string.GetHashCode differs between runs.</summary>
    private static int HashCode(string name) => unchecked(name.Aggregate(17, (hash, c) => hash * 31 + c));
}
