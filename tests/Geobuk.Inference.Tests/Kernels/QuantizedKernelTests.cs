using CsCheck;
using Geobuk.Inference.Kernels;
using Geobuk.Models;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels;

public class QuantizedKernelTests
{
    public static TheoryData<GgmlType> Types => [.. BlockFormat.Supported.Where(type => type is not (GgmlType.F32 or GgmlType.F16 or GgmlType.BF16))];

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_OfRandomShape_AgreesWithTheScalarFormatInDoublePrecision(GgmlType type)
    {
        var block = QuantizedBlocks.Elements(type);
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 1100 / block], Gen.Int[1, 21], Gen.Int[1, 3], Gen.Int).Sample((rows, blocks, tokens, threads, seed) =>
        {
            var random = new Random(seed);
            var columns = blocks * block;
            var weights = QuantizedBlocks.Random(type, rows * columns, random);
            var input = Values(tokens * columns, random);
            var decoded = new float[rows * columns];
            BlockFormat.Get(type).Decode(weights, decoded);
            var got = MatrixProduct.Run(Fastest(type), weights, rows, input, tokens, threads, repack: seed % 2 == 0);
            using var quantized = new QuantizedInput(input, tokens);
            for (var t = 0; t < tokens; t++)
            {
                for (var r = 0; r < rows; r++)
                {
                    var (want, size) = (0.0, 0.0);
                    for (var k = 0; k < columns; k++)
                    {
                        var product = (double)decoded[r * columns + k] * quantized.Dequantized(t, k, block);
                        want += product;
                        size += Math.Abs(product);
                    }
                    // Offsets are added apart from the dot, which costs digits where the two cancel.
                    Assert.Equal(want, got[t * rows + r], 1e-5 * size + 1e-7);
                }
            }
        }, iter: 25);
    }

    /// <summary>Every path, batch size, thread count and layout, down to the last bit: one reference holds them all.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_OnEveryPath_GivesTheSameBits(GgmlType type)
    {
        var block = QuantizedBlocks.Elements(type);
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 800 / block], Gen.Int[1, 21], Gen.Int).Sample((rows, blocks, tokens, seed) =>
        {
            var random = new Random(seed);
            var columns = blocks * block;
            var weights = QuantizedBlocks.Random(type, rows * columns, random);
            var input = Values(tokens * columns, random);
            var (bias, existing) = (Values(rows, random), Values(tokens * rows, random));
            var want = Run(KernelPath.Scalar, 0, tokens, 1, repack: false);
            foreach (var path in KernelPaths.Supported)
            {
                Assert.Equal(want, Run(path, 0, tokens, 2, repack: true));
                Assert.Equal(want, Run(path, 0, tokens, 1, repack: false));
                var split = random.Next(tokens);
                Assert.Equal(want, (float[])[.. Run(path, 0, split, 1, repack: true), .. Run(path, split, tokens, 3, repack: true)]);
            }

            float[] Run(KernelPath path, int first, int end, int threads, bool repack) => first == end ? [] : MatrixProduct.Run(
                MatrixKernel.Get(type, path), weights, rows, input[(first * columns)..(end * columns)], end - first, threads, bias, existing[(first * rows)..(end * rows)], repack);
        }, iter: 12);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_AtTheExtremes_DoesNotOverflow(GgmlType type)
    {
        const int Rows = 33, Columns = 512;
        foreach (var (weight, sign) in new[] { (0xFF, 1), (0xFF, -1), (0x00, 1), (0x7F, -1), (0x80, 1) })
        {
            var weights = QuantizedBlocks.Random(type, Rows * Columns, new Random(4), values: (byte)weight);
            var input = Enumerable.Repeat(3f * sign, Columns).ToArray();
            var decoded = new float[Rows * Columns];
            BlockFormat.Get(type).Decode(weights, decoded);
            foreach (var path in KernelPaths.Supported)
            {
                var got = MatrixProduct.Run(MatrixKernel.Get(type, path), weights, Rows, input, 1, 1);
                for (var r = 0; r < Rows; r++)
                {
                    var (want, size) = (0.0, 0.0);
                    for (var k = 0; k < Columns; k++)
                    {
                        want += (double)decoded[r * Columns + k] * input[k];
                        size += Math.Abs((double)decoded[r * Columns + k] * input[k]);
                    }
                    Assert.Equal(want, got[r], 1e-3 * size);
                }
            }
        }
    }

    [Fact]
    public void Quantize_OfRandomRows_StaysWithinHalfAStep()
    {
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int).Sample((blocks, tokens, seed) =>
        {
            var random = new Random(seed);
            var input = Values(tokens * blocks * 256, random);
            using var quantized = new QuantizedInput(input, tokens);
            foreach (var size in new[] { 32, 256 })
            {
                for (var i = 0; i < input.Length; i++)
                {
                    var peak = input.AsSpan(i / size * size, size).ToArray().Max(MathF.Abs);
                    var column = i % (blocks * 256);
                    Assert.Equal(input[i], quantized.Dequantized(i / (blocks * 256), column, size), peak / 127 * 0.501f + MathF.Abs(input[i]) / 2048);
                }
            }
        });
    }

    [Fact]
    public unsafe void Quantize_OfZeros_IsZeroNotNaN()
    {
        using var quantized = new QuantizedInput(new float[256], 1);
        Assert.Equal(0, quantized.Dequantized(0, 17, 32));
        Assert.Equal(0, quantized.Dequantized(0, 17, 256));
        Assert.Equal(0, quantized.Rows.Groups.Sums32[1]);
        Assert.Equal(0, quantized.Rows.Supers.Sums16[3]);
    }

    [Fact]
    public void Choose_OfAnUnknownOrAbsentPath_SaysWhatThereIs()
    {
        Assert.Equal(KernelPath.Scalar, KernelPaths.Choose(KernelPath.Scalar));
        var absent = Enum.GetValues<KernelPath>().Except(KernelPaths.Supported).ToList();
        if (absent.Count == 0) return;
        var error = Assert.Throws<UserInputException>(() => KernelPaths.Choose(absent[0]));
        Assert.Contains($"kernels is {absent[0]}; expected one of ", error.Message);
    }

    private static MatrixKernel Fastest(GgmlType type) => MatrixKernel.Get(type, KernelPaths.Supported[0]);

    private static float[] Values(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => 4 * random.NextSingle() - 2)];
}
