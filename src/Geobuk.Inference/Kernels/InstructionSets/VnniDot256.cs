using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>AVX-VNNI: four products summed into an integer by one instruction.</summary>
internal readonly struct VnniDot256 : IByteDot<Vector256<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Start(Vector256<byte> pairs, int shift) => Avx2.MultiplyAddAdjacent(pairs.AsInt16(), Vector256.Create((short)(1 << shift))).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> First(Vector256<byte> weights, Vector256<byte> inputs) => Accumulate(Vector256<byte>.Zero, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Accumulate(Vector256<byte> sum, Vector256<byte> weights, Vector256<byte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), weights, inputs.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum, Vector256<byte> scale) =>
        (sum.AsInt32() * (scale.AsInt32() >> 16)).AsByte();
}
