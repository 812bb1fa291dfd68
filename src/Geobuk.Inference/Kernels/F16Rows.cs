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

    private static float* LoadHalves(ushort* halves, float* scratch, int count)
    {
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(halves + i));
            ToSingle(low).Store(scratch + i);
            ToSingle(high).Store(scratch + i + 8);
        }
        for (; i < count; i++) scratch[i] = (float)BitConverter.UInt16BitsToHalf(halves[i]);
        return scratch;
    }

    private static Vector256<float> ToSingle(Vector256<uint> half)
    {
        var magnitude = half & Vector256.Create(0x7FFFu);
        var scaled = (magnitude << 13).AsSingle() * Vector256.Create(0x77800000u).AsSingle();
        // Exponent 31 is infinity or NaN: the multiplication made it finite, so the exponent is filled up again.
        var special = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7BFF)).AsUInt32() & Vector256.Create(0x7F800000u);
        var sign = (half & Vector256.Create(0x8000u)) << 16;
        return (scaled.AsUInt32() | special | sign).AsSingle();
    }
}
