using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>F16. .NET 10 has no intrinsic for the conversion, so exponents are shifted into place and rescaled by 2^112.</summary>
internal readonly unsafe struct F16Rows : IFloatFormat<F16Rows>
{
    public static int ElementBytes => 2;

    public static float* Load(byte* source, float* scratch, int count) => unchecked(LoadHalves((ushort*)source, scratch, count));

    public static void Store(float* source, byte* target, int count)
    {
        var halves = (Half*)target;
        for (var i = 0; i < count; i++) halves[i] = (Half)source[i];
    }

    /// <summary>One finite value, in a quarter of the instructions of a cast: the scale of a quantized block.</summary>
    public static float Finite(byte* source)
    {
        var half = (uint)*(ushort*)source;
        var magnitude = BitConverter.UInt32BitsToSingle((half & 0x7FFF) << 13) * BitConverter.UInt32BitsToSingle(0x77800000);
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(magnitude) | (half & 0x8000) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float* LoadHalves(ushort* halves, float* scratch, int count)
    {
        unchecked
        {
            var i = 0;
            for (; i + 16 <= count; i += 16)
            {
                var sixteen = Vector256.Load((short*)halves + i);
                var (low, high) = Vector256.Widen(sixteen);
                Vector256<float> a = Finite(low), b = Finite(high);
                // Exponent 31 is infinity or NaN: the multiplication made it finite, so the exponent is filled up again.
                if (Vector256.GreaterThanAny(sixteen & Vector256.Create((short)0x7FFF), Vector256.Create((short)0x7BFF))) (a, b) = (Special(a), Special(b));
                a.Store(scratch + i);
                b.Store(scratch + i + 8);
            }
            for (; i < count; i++) scratch[i] = (float)BitConverter.UInt16BitsToHalf(halves[i]);
            return scratch;
        }
    }

    /// <summary>The sign is where it belongs once the extended number is shifted; its copies give way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Finite(Vector256<int> half) =>
        (half << 13 & Vector256.Create(unchecked((int)0x8FFFFFFF))).AsSingle() * Vector256.Create(0x77800000u).AsSingle();

    /// <summary>From 2^16 on.</summary>
    private static Vector256<float> Special(Vector256<float> scaled) =>
        (scaled.AsUInt32() | Vector256.GreaterThanOrEqual(Vector256.Abs(scaled), Vector256.Create(65536f)).AsUInt32() & Vector256.Create(0x7F800000u)).AsSingle();
}
