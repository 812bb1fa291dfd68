using System.Runtime.Intrinsics;
using CsCheck;
using Geobuk.Inference.Kernels;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels;

public class QuantizedKernelTests
{
    public static TheoryData<GgmlType> Types => [.. BlockFormat.Supported.Where(type => type is not (GgmlType.F32 or GgmlType.F16 or GgmlType.BF16))];

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_OfRandomShape_AgreesWithDoublePrecisionOnTheSameBytes(GgmlType type)
    {
        var block = QuantizedBlocks.Elements(type);
        Gen.Select(Gen.Int[1, 21], Gen.Int[1, 320 / block + 2], Gen.Int[1, 6], Gen.Int[1, 3], Gen.Int).Sample((rows, blocks, tokens, threads, seed) =>
        {
            var random = new Random(seed);
            var columns = blocks * block;
            var weights = QuantizedBlocks.Random(type, rows * columns, random);
            var input = Values(tokens * columns, random);
            var decoded = MatrixProduct.Decode(MatrixKernel.Get(type), weights, rows, columns);
            var got = MatrixProduct.Run(MatrixKernel.Get(type), weights, rows, input, tokens, threads);
            using var quantized = new QuantizedInput(input, tokens);
            for (var t = 0; t < tokens; t++)
            {
                for (var r = 0; r < rows; r++)
                {
                    var (want, size) = (0.0, 0.0);
                    for (var k = 0; k < columns; k++)
                    {
                        var product = (double)decoded[r * columns + k] * quantized.Dequantized(t, k);
                        want += product;
                        size += Math.Abs(product);
                    }
                    // Offsets are added apart from the dot, which costs digits where the two cancel.
                    Assert.Equal(want, got[t * rows + r], 1e-5 * size + 1e-7);
                }
            }
        }, iter: 40);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_OfOneTokenAlone_IsBitIdenticalToItInABatch(GgmlType type)
    {
        var random = new Random(5);
        const int Rows = 19, Columns = 512, Tokens = 5;
        var weights = QuantizedBlocks.Random(type, Rows * Columns, random);
        var input = Values(Tokens * Columns, random);
        var together = MatrixProduct.Run(MatrixKernel.Get(type), weights, Rows, input, Tokens, 3);
        for (var t = 0; t < Tokens; t++)
        {
            var alone = MatrixProduct.Run(MatrixKernel.Get(type), weights, Rows, input[(t * Columns)..((t + 1) * Columns)], 1, 1);
            Assert.Equal(alone, together[(t * Rows)..((t + 1) * Rows)]);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Decode_OfRandomBlocks_IsTheScalarFormats(GgmlType type)
    {
        const int Rows = 6, Columns = 768;
        var weights = QuantizedBlocks.Random(type, Rows * Columns, new Random(8));
        var want = new float[Rows * Columns];
        BlockFormat.Get(type).Decode(weights, want);
        var got = MatrixProduct.Decode(MatrixKernel.Get(type), weights, Rows, Columns);
        // The offset forms of 4- and 6-bit blocks round once more than d * (q - 8) does.
        for (var i = 0; i < want.Length; i++) Assert.Equal(want[i], got[i], 2e-6 * Math.Abs(want[i]) + 4e-6);
    }

    [Fact]
    public void Quantize_OfRandomRows_StaysWithinHalfAStep()
    {
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int).Sample((blocks, tokens, seed) =>
        {
            var random = new Random(seed);
            var input = Values(tokens * blocks * 32, random);
            using var quantized = new QuantizedInput(input, tokens);
            for (var i = 0; i < input.Length; i++)
            {
                var peak = input.AsSpan(i / 32 * 32, 32).ToArray().Max(MathF.Abs);
                var column = i % (blocks * 32);
                Assert.Equal(input[i], quantized.Dequantized(i / (blocks * 32), column), peak / 127 * 0.501f + MathF.Abs(input[i]) / 2048);
            }
        });
    }

    [Fact]
    public unsafe void Quantize_OfZeros_IsZeroNotNaN()
    {
        using var quantized = new QuantizedInput(new float[64], 1);
        Assert.Equal(0, quantized.Dequantized(0, 17));
        Assert.Equal(0, quantized.Rows.Sums32[1]);
        Assert.Equal(0, quantized.Rows.Sums16[3]);
    }

    [Fact]
    public void DotBytes_OnThisHardware_EqualsThePortableOne()
    {
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var weights = Vector256.Create([.. Enumerable.Range(0, 32).Select(_ => (byte)random.Next(128))]);
            var inputs = Vector256.Create([.. Enumerable.Range(0, 32).Select(_ => (sbyte)random.Next(-127, 128))]);
            var portable = Lanes.DotBytesPortable(weights, inputs);
            Assert.Equal(portable, Lanes.DotBytes(weights, inputs));
            for (var lane = 0; lane < 8; lane++)
                Assert.Equal(Enumerable.Range(4 * lane, 4).Sum(e => weights[e] * inputs[e]), portable[lane]);
        }
    }

    [Fact]
    public void DotSignedBytes_AtTheExtremes_DoesNotSaturate()
    {
        var lanes = Lanes.DotSignedBytes(Vector256.Create((sbyte)-128), Vector256.Create((sbyte)-127));
        for (var lane = 0; lane < 8; lane++) Assert.Equal(4 * 128 * 127, lanes[lane]);
    }

    private static float[] Values(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => 4 * random.NextSingle() - 2)];
}
