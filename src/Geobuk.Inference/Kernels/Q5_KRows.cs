using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Q5_K: factors, scales and minima as Q4_K, 32 bytes of fifth bits, 128 bytes of nibbles as Q4_K; bit j of byte i of the fifth bits
/// belongs to element i of the j-th 32.
/// </summary>
internal readonly unsafe struct Q5_KRows : IQuantizedFormat<Q5_KRows>
{
    public static int BlockSize => 256;
    public static int BlockBytes => 176;
    public static int GroupSize => 32;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        Q4_KRows.UnpackScales(block, scales, offsets);
        var high = Vector256.Load(block + 16);
        var one = Vector256.Create((byte)1);
        for (var pair = 0; pair < 4; pair++)
        {
            var nibbles = Vector256.Load(block + 48 + 32 * pair);
            (nibbles & Vector256.Create((byte)15) | (high >> 2 * pair & one) << 4).Store(values + 64 * pair);
            (nibbles >> 4 | (high >> 2 * pair + 1 & one) << 4).Store(values + 64 * pair + 32);
        }
    }
}
