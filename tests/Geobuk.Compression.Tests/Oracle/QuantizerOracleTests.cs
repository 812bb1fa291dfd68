using Geobuk.Compression.Quantization;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;
using Xunit.Abstractions;

namespace Geobuk.Compression.Tests.Oracle;

/// <summary>The same F32 file through llama.cpp's quantizer and ours: the same types, the same blocks, no more error.</summary>
public sealed class QuantizerOracleTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData("q8_0", 512)]
    [InlineData("q4_0", 512)]
    [InlineData("q6_k", 512)]
    [InlineData("q4_k_m", 512)]
    [InlineData("q4_k_m", 352)]
    public void Write_EveryPreset_GivesLlamaCppsTypesAndBlocks(string preset, int inner)
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama with { IntermediateSize = inner, LayerCount = 8 });
        var (plain, theirs, ours) = (Path.Combine(_folder, "plain.gguf"), Path.Combine(_folder, "theirs.gguf"), Path.Combine(_folder, "ours.gguf"));
        ModelCompressor.Write(model, CompressionPreset.Find("f32"), plain);
        LlamaCppQuantizer.Quantize(plain, theirs, CompressionPreset.Find(preset).FileType);
        ModelCompressor.Write(model, CompressionPreset.Find(preset), ours);
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
            output.WriteLine($"{preset} {inner} {group.Key}: {same} of {blocks} blocks equal, squared error {ourError / theirError:f6} of llama.cpp's");
            Assert.InRange(ourError / theirError, 0, 1.0001);
            Assert.Equal(blocks, same);
        }
    }

    private static float[] Decode(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.Elements];
        BlockFormat.Get(tensor.Type).Decode(file.Data(tensor), values);
        return values;
    }

    private static double Error(float[] values, float[] decoded) => values.Zip(decoded).Sum(pair => Math.Pow(pair.First - pair.Second, 2));
}
