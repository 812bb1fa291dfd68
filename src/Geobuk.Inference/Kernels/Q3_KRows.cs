using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Q3_K: 32 bytes of third bits, 64 bytes of pairs as in Q2_K, sixteen 6-bit scales s in 12 bytes, f16 d; per 16 elements
/// value = d (s - 32) (q - 4). Bit k of byte l of the third bits belongs to element l + 32 k.
/// </summary>
internal readonly unsafe struct Q3_KRows : IQuantizedFormat<Q3_KRows>
{
    public static int BlockSize => 256;
    public static int BlockBytes => 110;
    public static int GroupSize => 16;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        UnpackScales(block + 96, F16Rows.Finite(block + 108), scales, offsets);
        Q2_KRows.UnpackPairs(block + 32, values);
        Q2_KRows.UnpackPairs(block + 64, values + 128);
        var high = Vector256.Load(block);
        for (var run = 0; run < 8; run++)
            (Vector256.Load(values + 32 * run) | (high >> run & Vector256.Create((byte)1)) << 2).Store(values + 32 * run);
    }

    private static void UnpackScales(byte* packed, float d, float* scales, float* offsets)
    {
        for (var group = 0; group < 16; group++)
        {
            var code = packed[group & 7] >> (group >> 3) * 4 & 15 | (packed[8 + (group & 3)] >> (group >> 2) * 2 & 3) << 4;
            scales[group] = d * (code - 32);
            offsets[group] = -4 * scales[group];
        }
    }
}
