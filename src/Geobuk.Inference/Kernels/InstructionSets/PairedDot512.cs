using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>
/// Sums of byte pairs in 16 bits, widened once a run: two instructions for 64 products, against three when every pair is widened.
/// A run of n steps is exact while n * 2 * 127 * weight stays below 32768: weights to 15 take 8 steps, to 31 four, to 63 two.
/// </summary>
internal readonly struct PairedDot512 : IByteDot<Vector512<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Start(Vector512<byte> pairs, int shift) => (pairs.AsInt16() << shift).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> First(Vector512<byte> weights, Vector512<byte> inputs) =>
        Avx512BW.MultiplyAddAdjacent(weights, inputs.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Accumulate(Vector512<byte> sum, Vector512<byte> weights, Vector512<byte> inputs) =>
        (sum.AsInt16() + Avx512BW.MultiplyAddAdjacent(weights, inputs.AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Finish(Vector512<byte> sum) =>
        Avx512BW.MultiplyAddAdjacent(sum.AsInt16(), Vector512<short>.One).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Finish(Vector512<byte> sum, Vector512<byte> scale) =>
        Avx512BW.MultiplyAddAdjacent(sum.AsInt16(), scale.AsInt16()).AsByte();
}
