using Geobuk.Compression.Calibration;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;
using Xunit.Abstractions;

namespace Geobuk.Compression.Tests.Oracle;

/// <summary>The same F32 file through llama.cpp's quantizer and ours: the same types, the same blocks, no more error.</summary>
public sealed class QuantizerOracleTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private static readonly float[] s_table = TinyModel.Random("table", [100_003]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, bool> Presets
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var name in CompressionPreset.Names.Where(name => name != "f32"))
            {
                cases.Add(name, false);
                if (CompressionPreset.Find(name).IsQuantized && name != "q8_0") cases.Add(name, true);
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Presets))]
    public void Write_EveryPreset_GivesLlamaCppsTypesAndBlocks(string preset, bool weighted) => Compare(preset, weighted, TinyModel.Llama with { LayerCount = 9, IntermediateSize = 256 }, surgery: true);

    /// <summary>Shapes for which the mixes or the rows of blocks make exceptions.</summary>
    [SkippableTheory]
    [InlineData("q4_k_m", "tied")]
    [InlineData("q3_k_m", "tied")]
    [InlineData("iq4_xs", "grouped")]
    [InlineData("q2_k", "grouped")]
    [InlineData("q4_k_m", "narrow")]
    [InlineData("q5_k_m", "narrow")]
    [InlineData("q3_k_l", "narrow")]
    [InlineData("q2_k", "narrow")]
    [InlineData("iq4_xs", "narrow")]
    [InlineData("q4_k_s", "deep")]
    [InlineData("iq4_nl", "wide head")]
    public void Write_ShapesWithExceptions_GivesLlamaCppsTypesAndBlocks(string preset, string shape) => Compare(preset, false, shape switch
    {
        "tied" => TinyModel.Qwen2 with { LayerCount = 4 },
        "grouped" => TinyModel.Llama with { LayerCount = 4, KeyValueHeadCount = 1 },
        "narrow" => TinyModel.Llama with { LayerCount = 4, IntermediateSize = 352 },
        "wide head" => TinyModel.Llama with { HiddenSize = 96, HeadSize = 32, HeadCount = 3, KeyValueHeadCount = 3 },
        _ => TinyModel.Llama with { LayerCount = 80, HeadCount = 2, KeyValueHeadCount = 1, IntermediateSize = 256 },
    }, surgery: false);

    private void Compare(string preset, bool weighted, ModelConfig config, bool surgery)
    {
        LlamaCpp.Folder();
        var model = TinyModel.Write(_folder, config, values: Values);
        var (plain, theirs, ours) = (Path.Combine(_folder, "plain.gguf"), Path.Combine(_folder, "theirs.gguf"), Path.Combine(_folder, "ours.gguf"));
        ModelCompressor.Write(model, CompressionPreset.Find("f32"), plain);
        var importance = weighted ? Importance(config) : null;
        LlamaCppQuantizer.Quantize(plain, theirs, CompressionPreset.Find(preset).FileType, importance?.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Mean(0, 1)));
        ModelCompressor.Write(model, new CompressionOptions { Preset = CompressionPreset.Find(preset), Surgery = surgery, Importance = importance }, ours);
        using var original = GgufFile.Open(plain);
        using var expected = GgufFile.Open(theirs);
        using var actual = GgufFile.Open(ours);

        Assert.Equal(expected.Tensors.Select(tensor => (tensor.Name, tensor.Type)).Order(), actual.Tensors.Select(tensor => (tensor.Name, tensor.Type)).Order());
        foreach (var group in expected.Tensors.Where(tensor => tensor.Dimensions.Length > 1).GroupBy(tensor => tensor.Type))
        {
            var (blocks, same, theirError, ourError) = (0L, 0L, 0.0, 0.0);
            foreach (var tensor in group)
            {
                var format = BlockFormat.Get(tensor.Type);
                var left = expected.Data(tensor);
                var right = actual.Data(actual.Find(tensor.Name));
                blocks += left.Length / format.BlockBytes;
                for (var b = 0; b < left.Length; b += format.BlockBytes)
                    if (left.Slice(b, format.BlockBytes).SequenceEqual(right.Slice(b, format.BlockBytes))) same++;
                var values = Decode(original, original.Find(tensor.Name));
                theirError += Error(values, Decode(expected, tensor));
                ourError += Error(values, Decode(actual, actual.Find(tensor.Name)));
            }
            output.WriteLine($"{preset} {group.Key}: {same} of {blocks} blocks equal, squared error {ourError / theirError:f6} of llama.cpp's");
            Assert.InRange(ourError / theirError, 0, 1.0001);
            Assert.Equal(blocks, same);
        }
    }

    /// <summary>Normal weights out of one table, another part of it for each tensor.</summary>
    private static float[] Values(string name, long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        var start = (int)(name.Aggregate(17u, (hash, letter) => unchecked(hash * 31 + letter)) % (uint)s_table.Length);
        for (var i = 0; i < values.Length; i++) values[i] = s_table[(start + i) % s_table.Length];
        return values;
    }

    private static ImportanceMatrix Importance(ModelConfig config)
    {
        var random = new Random(4);
        return new ImportanceMatrix(TypePlan.Matrices(config).Where(spec => spec.Name.StartsWith("blk.", StringComparison.Ordinal)).ToDictionary(
            spec => spec.Name, spec => new ImportanceEntry([.. Enumerable.Range(0, (int)spec.Shape[^1]).Select(_ => 100 * MathF.Pow(random.NextSingle(), 4))], [100])), ["test"], 1, 100, null);
    }

    private static float[] Decode(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.Elements];
        BlockFormat.Get(tensor.Type).Decode(file.Data(tensor), values);
        return values;
    }

    private static double Error(float[] values, float[] decoded) => values.Zip(decoded).Sum(pair => Math.Pow(pair.First - pair.Second, 2));
}
