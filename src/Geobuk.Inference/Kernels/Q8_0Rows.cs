using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>Q8_0: f16 d, 32 signed bytes; value = d q.</summary>
internal readonly unsafe struct Q8_0Rows : IQuantizedFormat<Q8_0Rows>
{
    public static int BlockSize => 32;
    public static int BlockBytes => 34;
    public static int GroupSize => 32;
    public static bool Signed => true;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        scales[0] = F16Rows.Finite(block);
        Vector256.Load(block + 2).Store(values);
    }
}
