using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Inference.Reference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Tests;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Compression.Tests;

/// <summary>
/// Forms of latent attention that the released models do not take, held against those that they do: a reordered or written-out
/// twin must compute the same.
/// </summary>
public sealed class LatentFormTests : IDisposable
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 30).Select(i => i * i * 11 % 93)];

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-forms-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Halves (i, i + n/2) turn as neighbours (2i, 2i + 1) do where the rows that make them are reordered likewise.</summary>
    [Theory]
    [InlineData("axk1")]
    [InlineData("axk1-groups")]
    [InlineData("axk2")]
    [InlineData("axk2-groups")]
    public void HalfSplitPositions_OfReorderedRows_AreTheInterleavedModel(string family)
    {
        var neighbours = TinyCheckpoint.Shapes[family] with { QueryKeyValueBias = true, AttentionOutputBias = true };
        var halves = neighbours with { Latent = neighbours.Latent! with { RotatesHalves = true } };
        var (one, other, unordered) = (Write("neighbours", neighbours, null), Write("halves", halves, tensor => Reordered(tensor, neighbours)), Write("unordered", halves, null));

        var want = Reference(one);
        AssertClose(want, Reference(other));
        AssertClose(want, Engine(other));
        AssertClose(want, Modules(other));
        Assert.True(Distance(want, Reference(unordered)) > 0.01f);

        // A file turns neighbours whatever the checkpoint does: llama.cpp knows no other form of these families.
        var (first, second) = (Compress(one), Compress(other));
        AssertClose(want, Engine(second));
        using var file = GgufFile.Open(first);
        using var same = GgufFile.Open(second);
        Assert.Equal(file.Tensors.Select(tensor => tensor.Name), same.Tensors.Select(tensor => tensor.Name));
        foreach (var tensor in file.Tensors) Assert.True(file.Data(tensor).SequenceEqual(same.Data(same.Find(tensor.Name))), tensor.Name);
        Assert.Equal((false, true), (GgufConfigReader.Read(file).RotatesHalves, GgufConfigReader.Read(same).RotatesHalves));
    }

    /// <summary>A latent as wide as the input, made by the identity and hardly changed by its norm, is the input.</summary>
    [Theory]
    [InlineData("axk1")]
    [InlineData("axk2")]
    public void PlainQueries_EqualThoseOfALatentThatIsTheInput(string family)
    {
        var shape = TinyCheckpoint.Shapes[family];
        var plain = shape with { NormEpsilon = 1e-9, GatedNormRank = 0, Latent = shape.Latent! with { QueryRank = null, OutputGate = false, Indexer = null } };
        var latent = plain with { Latent = plain.Latent! with { QueryRank = plain.HiddenSize } };
        var (one, other) = (Write("latent", latent, WithIdentity), Write("plain", plain, Renamed));

        var want = Reference(one);
        AssertClose(want, Reference(other));
        AssertClose(want, Engine(other));
        AssertClose(want, Modules(other));
        var file = Compress(other);
        AssertClose(want, Engine(file));
        using var opened = GgufFile.Open(file);
        Assert.NotNull(opened.TryFind("blk.0.attn_q.weight"));
        Assert.Null(GgufConfigReader.Read(opened).Latent!.QueryRank);
    }

    private static TensorToWrite WithIdentity(TensorToWrite tensor)
    {
        if (tensor.Name.EndsWith("q_a_proj.weight", StringComparison.Ordinal))
        {
            var size = (int)tensor.Shape[0];
            return tensor with { Values = () => [.. Enumerable.Range(0, size * size).Select(i => i / size == i % size ? 1f : 0f)] };
        }
        return tensor.Name.EndsWith("q_a_layernorm.weight", StringComparison.Ordinal) ? Ones(tensor) : InputNorm(tensor);
    }

    // The values of a tensor follow from its name.
    private TensorToWrite Renamed(TensorToWrite tensor)
    {
        if (!tensor.Name.EndsWith("q_proj.weight", StringComparison.Ordinal)) return InputNorm(tensor);
        var name = tensor.Name.Replace("q_proj", "q_b_proj", StringComparison.Ordinal);
        return tensor with
        {
            Values = () =>
            {
                using var twin = Checkpoint.Open(Path.Combine(_folder, "latent"));
                return twin.ReadSingle(name);
            },
        };
    }

    private static TensorToWrite InputNorm(TensorToWrite tensor) => tensor.Name.EndsWith("input_layernorm.weight", StringComparison.Ordinal) ? Ones(tensor) : tensor;

    private static TensorToWrite Ones(TensorToWrite tensor) => tensor with { Values = () => [.. Enumerable.Repeat(1f, (int)tensor.Shape[0])] };

    /// <summary>Rows 2i and 2i + 1 of every turned part become rows i and i + half of it.</summary>
    private static TensorToWrite Reordered(TensorToWrite tensor, ModelConfig config)
    {
        var latent = config.Latent!;
        var (perHead, first) = tensor.Name.Contains(".q_b_proj.", StringComparison.Ordinal) ? (latent.KeyHeadSize + (latent.OutputGate ? latent.ValueHeadSize : 0), latent.PlainHeadSize)
            : tensor.Name.Contains(".kv_a_proj_with_mqa.", StringComparison.Ordinal) ? (latent.CacheWidth, latent.KeyValueRank) : (0, 0);
        if (perHead == 0) return tensor;
        var (width, half) = (tensor.Shape.Count == 2 ? (int)tensor.Shape[1] : 1, latent.RotaryHeadSize / 2);
        return tensor with
        {
            Values = () =>
            {
                var values = tensor.Values();
                var moved = (float[])values.Clone();
                for (var head = 0; head < tensor.Shape[0]; head += perHead)
                    for (var i = 0; i < 2 * half; i++)
                        values.AsSpan((head + first + i) * width, width).CopyTo(moved.AsSpan((head + first + i % 2 * half + i / 2) * width));
                return moved;
            },
        };
    }

    private string Write(string name, ModelConfig config, Func<TensorToWrite, TensorToWrite>? change)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        TinyCheckpoint.Write(folder, config, change: tensors =>
        {
            for (var i = 0; change is not null && i < tensors.Count; i++) tensors[i] = change(tensors[i]);
        });
        return folder;
    }

    private static string Compress(string model)
    {
        ModelCompressor.Write(model, CompressionPreset.Find("f32"), model + ".gguf");
        return model + ".gguf";
    }

    private static float[][] Reference(string model)
    {
        using var reference = ReferenceModel.Load(model);
        return reference.Logits(s_ids);
    }

    private static float[][] Engine(string path)
    {
        using var model = InferenceModel.Load(path, new InferenceOptions { Threads = 2 });
        using var engine = new Engine(model);
        var rows = new List<float[]>();
        engine.Logits(s_ids, (_, logits) => rows.Add(logits.ToArray()));
        return [.. rows];
    }

    private static float[][] Modules(string folder)
    {
        TorchRuntime.Start(new TorchOptions());
        using var model = ModelWeights.Load(folder, CPU);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        using var batch = new PackedBatch(s_ids, [.. Enumerable.Range(0, s_ids.Length)], new int[s_ids.Length], s_ids.Length, CPU);
        return [.. model.Logits(model.Hidden(batch)).contiguous().data<float>().ToArray().Chunk(model.Config.VocabularySize)];
    }

    private static float Distance(float[][] one, float[][] other) => one.Zip(other, (a, b) => a.Zip(b, (x, y) => MathF.Abs(x - y)).Max()).Max();

    private static void AssertClose(float[][] want, float[][] got) => Assert.InRange(Distance(want, got), 0, 2e-5f);
}
