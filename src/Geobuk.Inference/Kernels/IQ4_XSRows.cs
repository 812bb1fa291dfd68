namespace Geobuk.Inference.Kernels;

/// <summary>
/// IQ4_XS: f16 d, eight 6-bit scales s (two upper bits in a u16, four lower in 4 bytes), 128 bytes of nibbles as in IQ4_NL; per 32
/// elements value = d (s - 32) level.
/// </summary>
internal readonly unsafe struct IQ4_XSRows : IQuantizedFormat<IQ4_XSRows>
{
    public static int BlockSize => 256;
    public static int BlockBytes => 136;
    public static int GroupSize => 32;
    public static bool Signed => true;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        var d = F16Rows.Finite(block);
        var high = block[2] | block[3] << 8;
        for (var group = 0; group < 8; group++)
        {
            scales[group] = d * ((block[4 + (group >> 1)] >> (group & 1) * 4 & 15 | (high >> 2 * group & 3) << 4) - 32);
            IQ4_NLRows.UnpackLevels(block + 8 + 16 * group, values + 32 * group);
        }
    }
}
