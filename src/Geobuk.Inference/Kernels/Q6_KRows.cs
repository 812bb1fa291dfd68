using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Q6_K: 128 bytes of low nibbles, 64 bytes of upper two bits, 16 signed scales s, f16 d; per 16 elements value = d s (q - 32).
/// Each half of 128 elements takes 64 low bytes and 32 high bytes.
/// </summary>
internal readonly unsafe struct Q6_KRows : IQuantizedFormat<Q6_KRows>
{
    public static int BlockSize => 256;
    public static int BlockBytes => 210;
    public static int GroupSize => 16;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        var d = F16Rows.Finite(block + 208);
        var packed = (sbyte*)(block + 192);
        for (var group = 0; group < 16; group++)
        {
            scales[group] = d * packed[group];
            offsets[group] = -32 * scales[group];
        }
        UnpackHalf(block, block + 128, values);
        UnpackHalf(block + 64, block + 160, values + 128);
    }

    private static void UnpackHalf(byte* low, byte* high, byte* values)
    {
        var nibble = Vector256.Create((byte)15);
        var upper = Vector256.Create((byte)0x30);
        var first = Vector256.Load(low);
        var second = Vector256.Load(low + 32);
        var bits = Vector256.Load(high);
        (first & nibble | (bits.AsUInt16() << 4).AsByte() & upper).Store(values);
        (second & nibble | (bits.AsUInt16() << 2).AsByte() & upper).Store(values + 32);
        (first >> 4 | bits & upper).Store(values + 64);
        (second >> 4 | (bits.AsUInt16() >> 2).AsByte() & upper).Store(values + 96);
    }
}
