using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>As <see cref="PairedDot512"/> with half the rows.</summary>
internal readonly struct PairedDot256 : IByteDot<Vector256<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Start(Vector256<byte> pairs, int shift) => (pairs.AsInt16() << shift).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> First(Vector256<byte> weights, Vector256<byte> inputs) =>
        Avx2.MultiplyAddAdjacent(weights, inputs.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Accumulate(Vector256<byte> sum, Vector256<byte> weights, Vector256<byte> inputs) =>
        (sum.AsInt16() + Avx2.MultiplyAddAdjacent(weights, inputs.AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum) =>
        Avx2.MultiplyAddAdjacent(sum.AsInt16(), Vector256<short>.One).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum, Vector256<byte> scale) =>
        Avx2.MultiplyAddAdjacent(sum.AsInt16(), scale.AsInt16()).AsByte();
}
