using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests;

/// <summary>Zero channels change shapes and types, never the function.</summary>
public sealed class FeedForwardPaddingTests : IDisposable
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 40).Select(i => i * i * 11 % 93)];

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-padding-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Families => [.. TinyCheckpoint.Shapes.Keys];

    /// <summary>In F32 nothing is rounded but the sums, whose order the width may change.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Write_PaddedInF32_KeepsTheLogits(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        var model = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        TinyCheckpoint.Write(model, config);
        var plan = new TypePlan("padded", 0, 256, TypePlan.Matrices(config).ToDictionary(spec => spec.Name, _ => GgmlType.F32));
        var path = Path.Combine(_folder, "padded.gguf");
        var result = ModelCompressor.Write(model, new CompressionOptions { Plan = plan }, path);
        Assert.Equal(config.Mixture is null ? 1 : 2, result.Surgery.Count);
        using (var file = GgufFile.Open(path)) Assert.Equal(256, file.Find("blk.0.ffn_down.weight").Dimensions[0]);
        var (before, after) = (Logits(model), Logits(path));
        var scale = before.Max(MathF.Abs);
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First, pair.Second, 2e-6f * scale));
    }

    [Theory]
    [InlineData("q4_k_m", GgmlType.Q4_K, GgmlType.Q6_K)]
    [InlineData("q3_k_m", GgmlType.Q3_K, GgmlType.Q4_K)]
    [InlineData("iq4_xs", GgmlType.IQ4_XS, GgmlType.IQ4_XS)]
    public void Write_OddWidth_GivesEveryMatrixItsType(string preset, GgmlType up, GgmlType down)
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama with { IntermediateSize = 352, LayerCount = 4 });
        var path = Path.Combine(_folder, "light.gguf");
        var result = ModelCompressor.Write(model, CompressionPreset.Find(preset), path);
        Assert.Equal(["feed-forward width 352 padded with zeros to 512"], result.Surgery);
        Assert.All(result.Tensors, tensor => Assert.Null(tensor.Fallback));
        using var file = GgufFile.Open(path);
        Assert.Equal(512, file.GetInt("llama.feed_forward_length"));
        Assert.Equal((up, down), (file.Find("blk.3.ffn_up.weight").Type, file.Find("blk.3.ffn_down.weight").Type));
        var values = new float[512 * 256];
        BlockFormat.Get(up).Decode(file.Data(file.Find("blk.1.ffn_gate.weight")), values);
        Assert.All(values[(352 * 256)..], value => Assert.Equal(0, value));
        var columns = new float[512 * 256];
        var stored = file.Find("blk.1.ffn_down.weight");
        BlockFormat.Get(stored.Type).Decode(file.Data(stored), columns);
        Assert.All(Enumerable.Range(0, 256), row => Assert.All(columns[(row * 512 + 384)..(row * 512 + 512)], value => Assert.Equal(0, value)));
    }

    private static float[] Logits(string model)
    {
        using var loaded = InferenceModel.Load(model, new InferenceOptions { Threads = 1 });
        using var engine = new Engine(loaded);
        var rows = new List<float>();
        engine.Logits(s_ids, (_, logits) => rows.AddRange(logits));
        return [.. rows];
    }
}
