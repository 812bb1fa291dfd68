namespace Geobuk.Inference.Kernels;

/// <summary>Q5_1: f16 d, f16 m, 32 fifth bits and 16 bytes of nibbles as in Q5_0; value = d q + m.</summary>
internal readonly unsafe struct Q5_1Rows : IQuantizedFormat<Q5_1Rows>
{
    public static int BlockSize => 32;
    public static int BlockBytes => 24;
    public static int GroupSize => 32;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        scales[0] = F16Rows.Finite(block);
        offsets[0] = F16Rows.Finite(block + 2);
        Q5_0Rows.UnpackCodes(block + 4, values);
    }
}
