using Geobuk.Models;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Inference.Tests;

/// <summary>A folder with a small random model, deleted when disposed.</summary>
internal sealed class TinyModel : IDisposable
{
    public TinyModel(ModelConfig? config = null, int seed = 1, TensorDataType type = TensorDataType.F32, Action<List<TensorToWrite>>? change = null)
    {
        Config = config ?? Shape;
        Folder = Directory.CreateTempSubdirectory("geobuk-tiny-").FullName;
        var tensors = Tensors(Config, seed, type).ToList();
        change?.Invoke(tensors);
        File.WriteAllText(Path.Combine(Folder, "config.json"), Config.ToJson("float32").ToJsonString());
        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), tensors);
    }

    /// <summary>Grouped queries, sizes that are no multiples of 8 or 4 where they need not be.</summary>
    public static ModelConfig Shape => new()
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
        EosTokenIds = [],
    };

    public ModelConfig Config { get; }
    public string Folder { get; }

    public InferenceModel Load(InferenceOptions? options = null) => InferenceModel.Load(Folder, options ?? new InferenceOptions { Threads = 2 });

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static IEnumerable<TensorToWrite> Tensors(ModelConfig config, int seed, TensorDataType type)
    {
        // Weights shrink with the fan-in, so that wide models do not turn rounding into different attention.
        var matrix = 0.3f * MathF.Sqrt(36f / config.HiddenSize);
        var (queries, keys) = (config.HeadCount * config.HeadSize, config.KeyValueHeadCount * config.HeadSize);
        yield return Tensor("model.embed_tokens.weight", 1, config.VocabularySize, config.HiddenSize);
        yield return Tensor("model.norm.weight", 1, config.HiddenSize);
        if (!config.TieWordEmbeddings) yield return Tensor("lm_head.weight", 0.4f, config.VocabularySize, config.HiddenSize);
        for (var i = 0; i < config.LayerCount; i++)
        {
            var layer = $"model.layers.{i}.";
            yield return Tensor(layer + "input_layernorm.weight", 1, config.HiddenSize);
            yield return Tensor(layer + "post_attention_layernorm.weight", 1, config.HiddenSize);
            foreach (var (name, rows, columns, bias) in new[]
            {
                ("self_attn.q_proj", queries, config.HiddenSize, config.QueryKeyValueBias),
                ("self_attn.k_proj", keys, config.HiddenSize, config.QueryKeyValueBias),
                ("self_attn.v_proj", keys, config.HiddenSize, config.QueryKeyValueBias),
                ("self_attn.o_proj", config.HiddenSize, queries, config.AttentionOutputBias),
                ("mlp.gate_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
                ("mlp.up_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
                ("mlp.down_proj", config.HiddenSize, config.IntermediateSize, config.MlpBias),
            })
            {
                yield return Tensor(layer + name + ".weight", matrix, rows, columns);
                if (bias) yield return Tensor(layer + name + ".bias", 0.5f, rows);
            }
        }

        TensorToWrite Tensor(string name, float scale, params long[] shape) => new(name, type, shape, () =>
        {
            var random = new Random(HashCode(name) ^ seed);
            return [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => scale * (2 * random.NextSingle() - 1))];
        });
    }

    /// <summary>string.GetHashCode differs between runs.</summary>
    private static int HashCode(string name) => unchecked(name.Aggregate(17, (hash, c) => hash * 31 + c));
}
