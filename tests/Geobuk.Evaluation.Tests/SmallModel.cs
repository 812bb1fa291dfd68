using Geobuk.Inference.Reference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Tokenization;

namespace Geobuk.Evaluation.Tests;

/// <summary>A folder with a small random model and a trained tokenizer, deleted when disposed.</summary>
internal sealed class SmallModel : IDisposable
{
    public const int Vocabulary = 300;
    public const string Sample = "제12조(휴가) ① 부대원은 휴가 3일 전까지 신청서를 낸다. ② 당직 근무자는 다음 날 쉰다. 휴가 신청서는 행정과에 낸다. 기록(記錄)은 ５년 보존한다.";

    public SmallModel(int seed = 1, float headScale = 0.5f, int maxPositions = 96)
    {
        Folder = Directory.CreateTempSubdirectory("geobuk-small-").FullName;
        BpeTrainer.Train([Sample, Sample], Vocabulary, Folder);
        Config = Shape(maxPositions);
        File.WriteAllText(Path.Combine(Folder, "config.json"), Config.ToJson("float32").ToJsonString());
        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), [.. Tensors(seed, headScale)]);
    }

    public string Folder { get; }
    public ModelConfig Config { get; }

    /// <summary>Log-probabilities by the readable twin: [position][token], computed the plain way.</summary>
    public double[][] ReferenceLogProbabilities(int[] tokens)
    {
        using var reference = ReferenceModel.Load(Folder);
        return [.. reference.Logits(tokens).Select(PlainLogSoftmax)];
    }

    public Tokenizer Tokenizer => Tokenizer.Load(Folder);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static double[] PlainLogSoftmax(float[] logits)
    {
        var peak = (double)logits.Max();
        var norm = peak + Math.Log(logits.Sum(x => Math.Exp(x - peak)));
        return [.. logits.Select(x => x - norm)];
    }

    private static ModelConfig Shape(int maxPositions) => new()
    {
        Family = ModelFamily.Llama,
        HiddenSize = 32,
        IntermediateSize = 48,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 8,
        VocabularySize = Vocabulary,
        MaxPositions = maxPositions,
        NormEpsilon = 1e-5,
        Rope = new RopeConfig(),
        EosTokenIds = [0],
    };

    private static IEnumerable<TensorToWrite> Tensors(int seed, float headScale)
    {
        yield return Tensor("model.embed_tokens.weight", 1, Vocabulary, 32);
        yield return Tensor("model.norm.weight", 1, 32);
        yield return Tensor("lm_head.weight", headScale, Vocabulary, 32);
        for (var i = 0; i < 2; i++)
        {
            var layer = $"model.layers.{i}.";
            yield return Tensor(layer + "input_layernorm.weight", 1, 32);
            yield return Tensor(layer + "post_attention_layernorm.weight", 1, 32);
            yield return Tensor(layer + "self_attn.q_proj.weight", 0.3f, 32, 32);
            yield return Tensor(layer + "self_attn.k_proj.weight", 0.3f, 16, 32);
            yield return Tensor(layer + "self_attn.v_proj.weight", 0.3f, 16, 32);
            yield return Tensor(layer + "self_attn.o_proj.weight", 0.3f, 32, 32);
            yield return Tensor(layer + "mlp.gate_proj.weight", 0.3f, 48, 32);
            yield return Tensor(layer + "mlp.up_proj.weight", 0.3f, 48, 32);
            yield return Tensor(layer + "mlp.down_proj.weight", 0.3f, 32, 48);
        }

        TensorToWrite Tensor(string name, float scale, params long[] shape) => new(name, TensorDataType.F32, shape, () =>
        {
            var random = new Random(unchecked(name.Aggregate(seed, (hash, c) => hash * 31 + c)));
            return [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => scale * (2 * random.NextSingle() - 1))];
        });
    }
}
