using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>As <see cref="SignedDot256"/> with AVX-VNNI, which sums four products in 32 bits at once.</summary>
internal readonly struct SignedVnniDot256 : IByteDot<Vector256<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Start(Vector256<byte> pairs) => Avx2.MultiplyAddAdjacent(pairs.AsInt16(), Vector256<short>.One).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> First(Vector256<byte> weights, Vector256<byte> inputs) => Accumulate(Vector256<byte>.Zero, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Accumulate(Vector256<byte> sum, Vector256<byte> weights, Vector256<byte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), Avx2.Abs(weights.AsSByte()), Avx2.Sign(inputs.AsSByte(), weights.AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum, Vector256<byte> scale) =>
        (sum.AsInt32() * (scale.AsInt32() >> 16)).AsByte();
}
