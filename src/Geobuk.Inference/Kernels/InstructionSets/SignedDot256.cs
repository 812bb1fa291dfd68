using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>
/// Weights with a sign by an instruction that takes them without: their magnitudes times the inputs, which take the weights' signs. A
/// pair of products is at most 2 * 128 * 127, which 16 bits hold; it is widened at once, for two do not fit.
/// </summary>
internal readonly struct SignedDot256 : IByteDot<Vector256<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> First(Vector256<byte> weights, Vector256<byte> inputs) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(weights.AsSByte()), Avx2.Sign(inputs.AsSByte(), weights.AsSByte())), Vector256<short>.One).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Accumulate(Vector256<byte> sum, Vector256<byte> weights, Vector256<byte> inputs) =>
        (sum.AsInt32() + First(weights, inputs).AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Finish(Vector256<byte> sum, Vector256<byte> scale) =>
        (sum.AsInt32() * (scale.AsInt32() >> 16)).AsByte();
}
