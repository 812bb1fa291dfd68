using CsCheck;
using Geobuk.Inference.Kernels;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels;

public class FloatKernelTests
{
    public static TheoryData<GgmlType> Types => [GgmlType.F32, GgmlType.F16, GgmlType.BF16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_OfRandomShape_AgreesWithDoublePrecision(GgmlType type)
    {
        Gen.Select(Gen.Int[1, 41], Gen.Int[1, 70], Gen.Int[1, 9], Gen.Int[1, 3], Gen.Int).Sample((rows, columns, tokens, threads, seed) =>
        {
            var random = new Random(seed);
            var weights = Encoded(type, rows * columns, random, out var decoded);
            var input = Values(tokens * columns, random);
            var bias = Values(rows, random);
            var existing = Values(tokens * rows, random);
            var got = MatrixProduct.Run(MatrixKernel.Get(type, KernelPaths.Supported[0]), weights, rows, input, tokens, threads, bias, existing);
            for (var t = 0; t < tokens; t++)
            {
                for (var r = 0; r < rows; r++)
                {
                    var want = existing[t * rows + r] + (double)bias[r];
                    for (var k = 0; k < columns; k++) want += (double)decoded[r * columns + k] * input[t * columns + k];
                    Assert.Equal(want, got[t * rows + r], 1e-5 * Math.Sqrt(columns));
                }
            }
        }, iter: 80);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_OfOneTokenAlone_IsBitIdenticalToItInABatch(GgmlType type)
    {
        var random = new Random(5);
        const int Rows = 19, Columns = 77, Tokens = 8;
        var weights = Encoded(type, Rows * Columns, random, out _);
        var input = Values(Tokens * Columns, random);
        var together = MatrixProduct.Run(MatrixKernel.Get(type, KernelPaths.Supported[0]), weights, Rows, input, Tokens, 2);
        for (var t = 0; t < Tokens; t++)
        {
            var alone = MatrixProduct.Run(MatrixKernel.Get(type, KernelPaths.Supported[0]), weights, Rows, input[(t * Columns)..((t + 1) * Columns)], 1, 1);
            Assert.Equal(alone, together[(t * Rows)..((t + 1) * Rows)]);
        }
    }

    [Fact]
    public unsafe void Load_OfEveryHalf_IsTheCastsResult()
    {
        var halves = Enumerable.Range(0, 1 << 16).Select(pattern => BitConverter.UInt16BitsToHalf((ushort)pattern)).ToArray();
        var got = new float[halves.Length];
        fixed (Half* source = halves)
        fixed (float* target = got) F16Rows.Load((byte*)source, target, got.Length);
        for (var i = 0; i < got.Length; i++)
        {
            var want = (float)halves[i];
            Assert.True(float.IsNaN(want) ? float.IsNaN(got[i]) : BitConverter.SingleToUInt32Bits(want) == BitConverter.SingleToUInt32Bits(got[i]), $"pattern {i:X4}: {got[i]}, want {want}");
            var half = halves[i];
            if (Half.IsFinite(half)) Assert.Equal(want, F16Rows.Finite((byte*)&half));
        }
    }

    private static byte[] Encoded(GgmlType type, int count, Random random, out float[] decoded)
    {
        var format = BlockFormat.Get(type);
        var data = new byte[format.Bytes(count)];
        format.Encode(Values(count, random), default, data);
        decoded = new float[count];
        format.Decode(data, decoded);
        return data;
    }

    private static float[] Values(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
}
