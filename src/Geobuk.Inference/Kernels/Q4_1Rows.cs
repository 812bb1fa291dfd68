using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>Q4_1: f16 d, f16 m, 16 bytes of nibbles as in Q4_0; value = d q + m.</summary>
internal readonly unsafe struct Q4_1Rows : IQuantizedFormat<Q4_1Rows>
{
    public static int BlockSize => 32;
    public static int BlockBytes => 20;
    public static int GroupSize => 32;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        scales[0] = F16Rows.Finite(block);
        offsets[0] = F16Rows.Finite(block + 2);
        var nibbles = Vector128.Load(block + 4);
        (nibbles & Vector128.Create((byte)15)).Store(values);
        (nibbles >> 4).Store(values + 16);
    }
}
