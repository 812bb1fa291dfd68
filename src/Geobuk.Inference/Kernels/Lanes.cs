using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Geobuk.Inference.Kernels;

/// <summary>Operations on eight lanes with one fixed order, whatever the hardware.</summary>
internal static unsafe class Lanes
{
    /// <summary>Name of the instructions that kernels use on this machine.</summary>
    public static string Name =>
        AvxVnni.IsSupported ? "avx-vnni 256-bit" : Avx2.IsSupported ? "avx2 256-bit" : Vector128.IsHardwareAccelerated ? "portable 128-bit" : "scalar";

    /// <summary>Sum of eight lanes: halves, quarters, pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> v)
    {
        var four = v.GetLower() + v.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector256<float> v)
    {
        var four = Vector128.Max(v.GetLower(), v.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[2]), MathF.Max(four[1], four[3]));
    }

    /// <summary>Lane i becomes the sum of the products of elements 4i to 4i + 3. Exact for bytes up to 127 times -127 to 127, and 128 once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> DotBytes(Vector256<byte> weights, Vector256<sbyte> inputs)
    {
        if (AvxVnni.IsSupported) return AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, weights, inputs);
        if (Avx2.IsSupported)
            return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(weights, inputs), Vector256<short>.One);
        return DotBytesPortable(weights, inputs);
    }

    /// <summary>As <see cref="DotBytes"/> where the weights have a sign: it moves to the inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> DotSignedBytes(Vector256<sbyte> weights, Vector256<sbyte> inputs)
    {
        var moved = Avx2.IsSupported
            ? Avx2.Sign(inputs, weights)
            : Vector256.ConditionalSelect(Vector256.LessThan(weights, Vector256<sbyte>.Zero), -inputs, inputs);
        return DotBytes(Vector256.Abs(weights).AsByte(), moved);
    }

    public static Vector256<int> DotBytesPortable(Vector256<byte> weights, Vector256<sbyte> inputs)
    {
        var (weightsLow, weightsHigh) = Vector256.Widen(weights);
        var (inputsLow, inputsHigh) = Vector256.Widen(inputs);
        var low = SumFours(weightsLow.AsInt16() * inputsLow);
        var high = SumFours(weightsHigh.AsInt16() * inputsHigh);
        return Vector256.Narrow(low, high);
    }

    /// <summary>Sixteen products to the four sums of neighbours, as 64-bit lanes.</summary>
    private static Vector256<long> SumFours(Vector256<short> products)
    {
        var pairs = (products.AsInt32() << 16 >> 16) + (products.AsInt32() >> 16);
        return (pairs.AsInt64() << 32 >> 32) + (pairs.AsInt64() >> 32);
    }
}
