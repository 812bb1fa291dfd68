namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 codes of two bits as Q2_K and Q3_K keep them: 32 bytes for each half; byte l holds elements l, l + 32, l + 64 and l + 96 of
/// its half, lowest bits first.
/// </summary>
internal static class TwoBits
{
    /// <summary>Code <paramref name="i"/>.</summary>
    public static int Get(ReadOnlySpan<byte> packed, int i) => packed[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;

    /// <summary>Packs the lower two bits of 256 codes.</summary>
    public static void Pack(ReadOnlySpan<byte> codes, Span<byte> packed)
    {
        for (var l = 0; l < 64; l++)
        {
            var first = l / 32 * 128 + l % 32;
            packed[l] = (byte)(codes[first] & 3 | (codes[first + 32] & 3) << 2 | (codes[first + 64] & 3) << 4 | (codes[first + 96] & 3) << 6);
        }
    }
}
