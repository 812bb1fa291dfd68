using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Tokenization;

namespace Geobuk.Compression.Tests;

/// <summary>Random checkpoints in Hugging Face form, with a real trained tokenizer of some three hundred tokens.</summary>
internal static class TinyModel
{
    private static readonly Lazy<string> s_tokenizer = new(TrainTokenizer);

    public static ModelConfig Llama => new()
    {
        Family = ModelFamily.Llama,
        HiddenSize = 256,
        IntermediateSize = 512,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 64,
        VocabularySize = 320,
        MaxPositions = 512,
        NormEpsilon = 1e-5,
        Rope = new RopeConfig { Theta = 10000 },
        EosTokenIds = [0],
    };

    public static ModelConfig Qwen2 => Llama with
    {
        Family = ModelFamily.Qwen2,
        QueryKeyValueBias = true,
        TieWordEmbeddings = true,
        Rope = new RopeConfig { Theta = 1000000 },
        NormEpsilon = 1e-6,
    };

    /// <summary>Writes a checkpoint and returns its folder, named model, below <paramref name="parent"/>.</summary>
    public static string Write(string parent, ModelConfig config, TensorDataType dataType = TensorDataType.F32, bool tokenizer = true, Func<string, long[], float[]>? values = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent, "model")).FullName;
        if (tokenizer)
            foreach (var file in Directory.GetFiles(s_tokenizer.Value)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config.ToJson(dataType == TensorDataType.BF16 ? "bfloat16" : "float32").ToJsonString());
        values ??= Random;
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. Shapes(config).Select(entry => new TensorToWrite(entry.Name, dataType, entry.Shape, () => values(entry.Name, entry.Shape)))]);
        return folder;
    }

    /// <summary>Weights large enough that the logits differ clearly between tokens and positions.</summary>
    public static float[] Random(string name, long[] shape)
    {
        var random = new Random(name.Aggregate(17, (hash, letter) => unchecked(hash * 31 + letter)));
        var norm = name.Contains("norm", StringComparison.Ordinal);
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            values[i] = (float)(norm ? 1 + 0.2 * normal : 0.06 * normal);
        }
        return values;
    }

    public static IEnumerable<(string Name, long[] Shape)> Shapes(ModelConfig config)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize, vocabulary = config.VocabularySize;
        long queries = config.HeadCount * config.HeadSize, keys = config.KeyValueHeadCount * config.HeadSize;
        yield return ("model.embed_tokens.weight", [vocabulary, hidden]);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            yield return (prefix + "input_layernorm.weight", [hidden]);
            yield return (prefix + "post_attention_layernorm.weight", [hidden]);
            foreach (var (name, rows, columns, bias) in new[]
            {
                ("self_attn.q_proj", queries, hidden, config.QueryKeyValueBias), ("self_attn.k_proj", keys, hidden, config.QueryKeyValueBias),
                ("self_attn.v_proj", keys, hidden, config.QueryKeyValueBias), ("self_attn.o_proj", hidden, queries, config.AttentionOutputBias),
                ("mlp.gate_proj", inner, hidden, config.MlpBias), ("mlp.up_proj", inner, hidden, config.MlpBias), ("mlp.down_proj", hidden, inner, config.MlpBias),
            })
            {
                yield return ($"{prefix}{name}.weight", [rows, columns]);
                if (bias) yield return ($"{prefix}{name}.bias", [rows]);
            }
        }
        yield return ("model.norm.weight", [hidden]);
        if (!config.TieWordEmbeddings) yield return ("lm_head.weight", [vocabulary, hidden]);
    }

    private static string TrainTokenizer()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"geobuk-tiny-tokenizer-{Environment.ProcessId}");
        string[] texts =
        [
            "제1조(목적) 이 규정은 부대의 휴가와 당직 근무에 필요한 사항을 규정함을 목적으로 한다.",
            "제2조(정의) 이 규정에서 당직 근무란 부대의 안전을 위하여 정해진 시간에 근무하는 것을 말한다.",
            "제3조(휴가) 휴가는 연가, 公暇, 청원휴가로 구분한다. ＡＢＣ 123",
        ];
        BpeTrainer.Train(texts, 320, folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
