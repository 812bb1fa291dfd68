using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Q2_K: 16 bytes with a 4-bit scale s and minimum m, 64 bytes of codes, f16 d, f16 dmin; per 16 elements value = d s q - dmin m.
/// Byte l of the 32 of each half holds elements l, l + 32, l + 64, l + 96.
/// </summary>
internal readonly unsafe struct Q2_KRows : IQuantizedFormat<Q2_KRows>
{
    public static int BlockSize => 256;
    public static int BlockBytes => 84;
    public static int GroupSize => 16;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        var d = F16Rows.Finite(block + 80);
        var dmin = F16Rows.Finite(block + 82);
        for (var group = 0; group < 16; group++)
        {
            scales[group] = d * (block[group] & 15);
            offsets[group] = -dmin * (block[group] >> 4);
        }
        UnpackPairs(block + 16, values);
        UnpackPairs(block + 48, values + 128);
    }

    /// <summary>32 bytes to 128 codes of two bits.</summary>
    public static void UnpackPairs(byte* packed, byte* values)
    {
        var pairs = Vector256.Load(packed);
        var mask = Vector256.Create((byte)3);
        (pairs & mask).Store(values);
        (pairs >> 2 & mask).Store(values + 32);
        (pairs >> 4 & mask).Store(values + 64);
        (pairs >> 6).Store(values + 96);
    }
}
