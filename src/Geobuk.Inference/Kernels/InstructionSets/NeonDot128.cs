using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>Arm's dot product of signed bytes, which serves weights without a sign as well: they are below 128.</summary>
internal readonly struct NeonDot128 : IByteDot<Vector128<byte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Start(Vector128<byte> pairs, int shift) => Wide128.MultiplyPairs(pairs, Vector128.Create((short)(1 << shift)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> First(Vector128<byte> weights, Vector128<byte> inputs) => Accumulate(Vector128<byte>.Zero, weights, inputs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Accumulate(Vector128<byte> sum, Vector128<byte> weights, Vector128<byte> inputs) =>
        Dp.DotProduct(sum.AsInt32(), weights.AsSByte(), inputs.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Finish(Vector128<byte> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Finish(Vector128<byte> sum, Vector128<byte> scale) =>
        (sum.AsInt32() * (scale.AsInt32() >> 16)).AsByte();
}
