using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>As <see cref="SignedDot256"/> with twice the rows; inputs change their sign by a mask.</summary>
internal readonly struct SignedDot512 : IByteDot<Vector512<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> First(Vector512<byte> weights, Vector512<byte> inputs) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Avx512BW.Abs(weights.AsSByte()), Signed(inputs.AsSByte(), weights.AsSByte())), Vector512<short>.One).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Accumulate(Vector512<byte> sum, Vector512<byte> weights, Vector512<byte> inputs) =>
        (sum.AsInt32() + First(weights, inputs).AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Finish(Vector512<byte> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Finish(Vector512<byte> sum, Vector512<byte> scale) =>
        (sum.AsInt32() * (scale.AsInt32() >> 16)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> Signed(Vector512<sbyte> inputs, Vector512<sbyte> weights) =>
        Vector512.ConditionalSelect(Vector512.LessThan(weights, Vector512<sbyte>.Zero), Vector512<sbyte>.Zero - inputs, inputs);
}
