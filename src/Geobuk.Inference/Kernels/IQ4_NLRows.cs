using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>IQ4_NL: f16 d, 16 bytes of nibbles as in Q4_0 that index sixteen signed levels; value = d level.</summary>
internal readonly unsafe struct IQ4_NLRows : IQuantizedFormat<IQ4_NLRows>
{
    public static int BlockSize => 32;
    public static int BlockBytes => 18;
    public static int GroupSize => 32;
    public static bool Signed => true;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        scales[0] = F16Rows.Finite(block);
        UnpackLevels(block + 2, values);
    }

    /// <summary>16 bytes of nibbles to 32 signed levels.</summary>
    public static void UnpackLevels(byte* packed, byte* values)
    {
        var levels = Vector128.Create((sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113).AsByte();
        var nibbles = Vector128.Load(packed);
        Vector128.Shuffle(levels, nibbles & Vector128.Create((byte)15)).Store(values);
        Vector128.Shuffle(levels, nibbles >> 4).Store(values + 16);
    }
}
