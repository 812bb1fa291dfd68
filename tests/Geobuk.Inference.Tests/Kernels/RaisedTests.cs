using System.Runtime.Intrinsics;
using CsCheck;
using Geobuk.Inference.Kernels;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Formats with a sign as AVX-VNNI reads them, on machines that have none: its product is written out.</summary>
public class RaisedTests
{
    public static TheoryData<GgmlType> Types => [GgmlType.Q8_0, GgmlType.IQ4_NL, GgmlType.IQ4_XS];

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_RaisedWeights_GivesTheBitsOfThoseWithASign(GgmlType type)
    {
        var block = QuantizedBlocks.Elements(type);
        var raised = type switch
        {
            GgmlType.Q8_0 => Kernel<Q8_0Panel>(),
            GgmlType.IQ4_NL => Kernel<IQ4_NLPanel>(),
            _ => Kernel<IQ4_XSPanel>(),
        };
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 800 / block], Gen.Int[1, 21], Gen.Bool, Gen.Int).Sample((rows, blocks, tokens, repack, seed) =>
        {
            var random = new Random(seed);
            var columns = blocks * block;
            var weights = QuantizedBlocks.Random(type, rows * columns, random);
            float[] input = [.. Enumerable.Range(0, tokens * columns).Select(_ => 4 * random.NextSingle() - 2)];
            var want = MatrixProduct.Run(MatrixKernel.Get(type, KernelPath.Scalar), weights, rows, input, tokens, 1);
            Assert.Equal(want, MatrixProduct.Run(raised, weights, rows, input, tokens, 1, repack: repack));
        }, iter: 20);
    }

    private static MatrixKernel Kernel<TFormat>() where TFormat : struct, IPanelFormat => MatrixKernel.Of<Raised<TFormat>, Wide128, WrittenOut, Vector128<byte>>(KernelPath.Portable);

    /// <summary>Bytes without a sign times bytes with one, four summed in 32 bits.</summary>
    private readonly struct WrittenOut : IByteDot<Vector128<byte>>
    {
        public static Vector128<byte> Start(Vector128<byte> pairs, int shift) => PlainDot<Wide128, Vector128<byte>>.Start(pairs, shift);

        public static Vector128<byte> First(Vector128<byte> weights, Vector128<byte> inputs) => Accumulate(Vector128<byte>.Zero, weights, inputs);

        public static Vector128<byte> Accumulate(Vector128<byte> sum, Vector128<byte> weights, Vector128<byte> inputs)
        {
            Span<int> lanes = stackalloc int[4];
            for (var lane = 0; lane < 4; lane++)
            {
                lanes[lane] = sum.AsInt32()[lane];
                for (var i = 0; i < 4; i++) lanes[lane] += weights[4 * lane + i] * inputs.AsSByte()[4 * lane + i];
            }
            return Vector128.Create<int>(lanes).AsByte();
        }

        public static Vector128<byte> Finish(Vector128<byte> sum) => sum;

        public static Vector128<byte> Finish(Vector128<byte> sum, Vector128<byte> scale) => (sum.AsInt32() * (scale.AsInt32() >> 16)).AsByte();
    }
}
