using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Q4_K: f16 d, f16 dmin, 12 bytes with eight 6-bit scales s and minima m, 128 bytes of nibbles; per 32 elements
/// value = d s q - dmin m. Each 32 bytes hold 64 elements: low nibbles first.
/// </summary>
internal readonly unsafe struct Q4_KRows : IQuantizedFormat<Q4_KRows>
{
    public static int BlockSize => 256;
    public static int BlockBytes => 144;
    public static int GroupSize => 32;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        UnpackScales(block, scales, offsets);
        for (var pair = 0; pair < 4; pair++)
        {
            var nibbles = Vector256.Load(block + 16 + 32 * pair);
            (nibbles & Vector256.Create((byte)15)).Store(values + 64 * pair);
            (nibbles >> 4).Store(values + 64 * pair + 32);
        }
    }

    /// <summary>The 16 bytes of factors, scales and minima that Q4_K and Q5_K begin with.</summary>
    public static void UnpackScales(byte* block, float* scales, float* offsets)
    {
        var d = F16Rows.Finite(block);
        var dmin = F16Rows.Finite(block + 2);
        var packed = block + 4;
        for (var j = 0; j < 4; j++)
        {
            scales[j] = d * (packed[j] & 63);
            offsets[j] = -dmin * (packed[j + 4] & 63);
            scales[j + 4] = d * ((packed[j + 8] & 15) | packed[j] >> 6 << 4);
            offsets[j + 4] = -dmin * (packed[j + 8] >> 4 | packed[j + 4] >> 6 << 4);
        }
    }
}
