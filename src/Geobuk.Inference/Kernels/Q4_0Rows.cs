using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>Q4_0: f16 d, 16 bytes with element j in the low and j + 16 in the high nibble of byte j; value = d (q - 8).</summary>
internal readonly unsafe struct Q4_0Rows : IQuantizedFormat<Q4_0Rows>
{
    public static int BlockSize => 32;
    public static int BlockBytes => 18;
    public static int GroupSize => 32;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        var d = F16Rows.Finite(block);
        scales[0] = d;
        offsets[0] = -8 * d;
        var nibbles = Vector128.Load(block + 2);
        (nibbles & Vector128.Create((byte)15)).Store(values);
        (nibbles >> 4).Store(values + 16);
    }
}
