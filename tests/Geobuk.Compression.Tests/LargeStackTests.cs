using Geobuk.Compression.Conversion;
using Geobuk.Compression.Export;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Inference.Reference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests;

/// <summary>
/// Stacks of experts with more elements than 2^31, as A.X K1 has them. All experts but three are holes in the file: the first, one
/// across element 2^31, and the last, which the router always picks, so that a model of those three computes the same.
/// </summary>
public sealed class LargeStackTests : IDisposable
{
    private const int Width = 1024, Experts = 2304, Boundary = (int)((1L << 31) / Width / Width);
    private const long PerExpert = (long)Width * Width;

    private static readonly int[] s_used = [0, Boundary, Experts - 1];
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 9).Select(i => i * 7 % 32)];

    private static readonly ModelConfig s_small = TinyCheckpoint.Shapes["axk1"] with
    {
        HiddenSize = Width,
        LayerCount = 1,
        VocabularySize = 32,
        Mixture = new MixtureConfig { RoutedExperts = s_used.Length, SharedExperts = 0, ExpertsPerToken = s_used.Length, IntermediateSize = Width, WeightScale = 2.5 },
    };

    private static readonly ModelConfig s_large = s_small with { Mixture = s_small.Mixture! with { RoutedExperts = Experts } };

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-large-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Layout_OfAxK1_CountsTheRowsOfItsStacks()
    {
        var config = ModelConfig.LoadFile(TestPaths.Repository("tests", "Shared", "shapes", "ax-k1.json"));
        var stack = ModelLayout.Of(config).Gguf.Single(spec => spec.Name == "blk.60.ffn_down_exps.weight");
        Assert.Equal(192L * 7168 * 2048, stack.Elements);
        Assert.Equal(new RowSource("model.layers.60.mlp.experts.191.down_proj.weight", 7167L * 2048, 1), stack.Locate(stack.Rows - 1));
        var planned = new PlannedTensor(stack, new GgufTensorToWrite(stack.Name, GgmlType.Q6_K, [2048, 7168, 192]), null);
        Assert.Equal(192L * 7168 * 2048 / 256 * 210, planned.Target.Bytes);
        var pieces = planned.Pieces(1 << 18).ToList();
        Assert.Equal(stack.Rows, pieces.Sum(piece => piece.End - piece.First));
        Assert.Equal(stack.Rows, pieces[^1].End);
        Assert.All(pieces, piece => Assert.Equal(planned.SliceOf(piece.First), planned.SliceOf(piece.End - 1)));
    }

    [SkippableTheory]
    [InlineData(TensorDataType.BF16)]
    [InlineData(TensorDataType.F8_E4M3)]
    public void Logits_OfAFolderWithLargeStacks_AreThoseOfTheExpertsThatAreUsed(TensorDataType type)
    {
        Skip.If(type == TensorDataType.F8_E4M3 && Environment.GetEnvironmentVariable("GEOBUK_LARGE") is null, "set GEOBUK_LARGE to write 7,000 scales between holes");
        var (small, large) = Folders(type);
        var want = Engine(small);
        AssertSame(want, Engine(large));
        using var reference = ReferenceModel.Load(large);
        AssertClose(want, reference.Logits(s_ids));
    }

    [SkippableFact]
    public void Logits_OfAFileWithLargeStacks_AreThoseOfTheExpertsThatAreUsed()
    {
        var (small, large) = Folders(TensorDataType.BF16);
        var (few, many) = (Path.Combine(_folder, "small.gguf"), Path.Combine(_folder, "large.gguf"));
        ModelCompressor.Write(small, CompressionPreset.Find("bf16"), few);
        WriteWithHoles(large, many);
        var want = Engine(few);
        AssertSame(want, Engine(many));
        using var reference = ReferenceModel.Load(many);
        AssertClose(want, reference.Logits(s_ids));
        using var tensors = new GgufTensors(many);
        using var checkpoint = ModelCheckpoint.Open(large);
        foreach (var expert in s_used)
        {
            var spec = tensors.Tensors.Single(spec => spec.Name == $"model.layers.0.mlp.experts.{expert}.down_proj.weight");
            Assert.Equal(checkpoint.ReadSingle(spec.Name), tensors.Read(spec));
        }
    }

    /// <summary>Writes 4 GB and takes minutes: only with GEOBUK_LARGE set.</summary>
    [SkippableFact]
    public void Compress_OfLargeStacks_GivesTheBlocksOfTheExpertsThatAreUsed()
    {
        Skip.If(Environment.GetEnvironmentVariable("GEOBUK_LARGE") is null, "set GEOBUK_LARGE to write a file of 4 GB");
        var (small, large) = Folders(TensorDataType.F8_E4M3);
        var (few, many) = (Path.Combine(_folder, "small.gguf"), Path.Combine(_folder, "large.gguf"));
        ModelCompressor.Write(small, CompressionPreset.Find("q4_0"), few);
        ModelCompressor.Write(large, CompressionPreset.Find("q4_0"), many);
        using var one = GgufFile.Open(few);
        using var other = GgufFile.Open(many);
        foreach (var name in new[] { "ffn_gate_exps", "ffn_up_exps", "ffn_down_exps" })
        {
            Assert.Equal(Experts * PerExpert, other.Find($"blk.0.{name}.weight").Elements);
            for (var i = 0; i < s_used.Length; i++) Assert.True(Expert(one, name, i).SequenceEqual(Expert(other, name, s_used[i])), $"{name} of expert {s_used[i]}");
        }
        AssertSame(Engine(few), Engine(many));

        static unsafe ReadOnlySpan<byte> Expert(GgufFile file, string name, int expert)
        {
            var tensor = file.Find($"blk.0.{name}.weight");
            var bytes = BlockFormat.Get(tensor.Type).Bytes(PerExpert);
            return new ReadOnlySpan<byte>(file.Pointer(tensor) + expert * bytes, (int)bytes);
        }
    }

    /// <summary>A folder of the three experts and one of all, whose others are holes.</summary>
    private (string Small, string Large) Folders(TensorDataType type)
    {
        Skip.If(OperatingSystem.IsWindows(), "a file has no holes there unless it is told");
        return (Write("small", s_small, type, [0, 1, 2]), Write("large", s_large, type, s_used));
    }

    private string Write(string name, ModelConfig config, TensorDataType type, int[] used)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        TinyCheckpoint.Write(folder, config, type: TensorDataType.BF16, change: tensors =>
        {
            for (var i = tensors.Count - 1; i >= 0; i--)
            {
                if (tensors[i].Name.Split('.') is [_, _, _, "mlp", "experts", var number, var part, _])
                {
                    var place = Array.IndexOf(used, int.Parse(number));
                    var bytes = PerExpert * type.Size();
                    if (type == TensorDataType.F8_E4M3)
                        tensors.Insert(i + 1, new TensorToWrite(tensors[i].Name + BlockScales.Suffix, TensorDataType.F32, [Width / 128, Width / 128], () => [.. Enumerable.Range(0, Width / 128 * Width / 128).Select(block => 0.002f + 0.0001f * block)]));
                    tensors[i] = place < 0 ? TensorToWrite.OfStored(tensors[i].Name, type, tensors[i].Shape, stream => stream.Position += bytes)
                        : new TensorToWrite(tensors[i].Name, type, tensors[i].Shape, () => Values(HashOf(part) + place, type == TensorDataType.F8_E4M3 ? 300 : 0.05f));
                }
                else if (tensors[i].Name.EndsWith("mlp.gate.weight", StringComparison.Ordinal))
                {
                    tensors[i] = tensors[i] with
                    {
                        Values = () =>
                        {
                            var (rows, values) = (Values(5, 0.05f), new float[config.Mixture!.RoutedExperts * Width]);
                            for (var k = 0; k < used.Length; k++) rows.AsSpan(k * Width, Width).CopyTo(values.AsSpan(used[k] * Width));
                            return values;
                        },
                    };
                }
                else if (tensors[i].Name.EndsWith("e_score_correction_bias", StringComparison.Ordinal))
                    tensors[i] = tensors[i] with { Values = () => [.. Enumerable.Range(0, config.Mixture!.RoutedExperts).Select(expert => used.Contains(expert) ? 0f : -9f)] };
            }
        });
        return folder;
    }

    private static int HashOf(string part) => part switch { "gate_proj" => 100, "up_proj" => 200, _ => 300 };

    private static float[] Values(int seed, float scale)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)PerExpert).Select(_ => scale * (2 * random.NextSingle() - 1))];
    }

    /// <summary>The file that <see cref="ModelCompressor"/> would write in bf16, without the zeros of the other experts.</summary>
    private static void WriteWithHoles(string model, string path)
    {
        using var checkpoint = ModelCheckpoint.Open(model);
        var specs = ModelLayout.Of(s_large).Gguf;
        var targets = specs.Select(spec => new GgufTensorToWrite(spec.Name, spec.StaysSingle ? GgmlType.F32 : GgmlType.BF16, [.. spec.Shape.Reverse()])).ToList();
        var keys = GgufConfigWriter.Keys(s_large).Prepend(("general.architecture", GgufValue.Of("axk1"))).Select(entry => KeyValuePair.Create(entry.Item1, entry.Item2));
        // Space is reserved for a new file only.
        File.WriteAllBytes(path + ".partial", []);
        using var writer = GgufWriter.Create(path, keys, targets, path + ".partial");
        for (var i = 0; i < specs.Count; i++)
        {
            var format = BlockFormat.Get(targets[i].Type);
            var row = new float[specs[i].RowLength];
            var data = new byte[format.Bytes(row.Length)];
            var stack = specs[i].Role == TensorRole.RoutedExpert;
            foreach (var expert in stack ? s_used : [0])
                for (var r = 0L; r < (stack ? Width : specs[i].Rows); r++)
                {
                    checkpoint.Read(specs[i].Locate(expert * (long)Width + r), row);
                    format.Encode(row, [], data);
                    writer.Write(i, (expert * (long)Width + r) * data.Length, data);
                }
        }
        writer.Dispose();
        File.Move(path + ".partial", path);
    }

    private static float[][] Engine(string path)
    {
        using var model = InferenceModel.Load(path, new InferenceOptions { Threads = 2 });
        using var engine = new Engine(model);
        var rows = new List<float[]>();
        engine.Logits(s_ids, (_, logits) => rows.Add(logits.ToArray()));
        return [.. rows];
    }

    private static void AssertSame(float[][] want, float[][] got)
    {
        Assert.True(want[0].Max() - want[0].Min() > 0.1f);
        for (var t = 0; t < want.Length; t++) Assert.Equal(want[t], got[t]);
    }

    private static void AssertClose(float[][] want, float[][] got)
    {
        for (var t = 0; t < want.Length; t++)
            for (var i = 0; i < want[t].Length; i++) Assert.InRange(got[t][i], want[t][i] - 1e-3f, want[t][i] + 1e-3f);
    }
}
