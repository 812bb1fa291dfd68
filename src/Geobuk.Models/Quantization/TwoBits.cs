namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 codes of two bits as Q2_K and Q3_K keep them: 32 bytes for each half; byte l holds elements l, l + 32, l + 64 and l + 96 of
/// its half, lowest bits first.
/// </summary>
internal static class TwoBits
{
    /// <summary>The 256 codes.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, Span<byte> codes)
    {
        codes.Clear();
        for (var run = 0; run < 8; run++) CodeExpansion.AddBits(packed.Slice(run / 4 * 32, 32), run % 4 * 2, 3, 0, codes.Slice(run * 32, 32));
    }

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
