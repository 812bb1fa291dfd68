using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>What the formats of 32 elements with one scale share: their two fits, each plain or weighted, and how codes are packed.</summary>
internal static class SmallBlocks
{
    private const int Size = 32;

    /// <summary>
    /// Codes 0 … 2·<paramref name="half"/>−1 around <paramref name="half"/>. Plain: the extreme gets the most negative code, the rest
    /// truncate after adding a half. Weighted: the best of 19 grids.
    /// </summary>
    /// <returns>The scale.</returns>
    public static float Symmetric(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, int half, Span<byte> codes)
    {
        if (!importance.IsEmpty)
        {
            Span<float> weights = stackalloc float[Size];
            ScaleFit.Weigh(values, importance, meanSquare, weights);
            return ScaleFit.Symmetric(values, weights, half, codes);
        }
        var scale = ScaleFit.SignedExtreme(values) / -half;
        var inverse = Inverse(scale);
        for (var i = 0; i < Size; i++) codes[i] = Truncate(values[i] * inverse + (half + 0.5f), 2 * half - 1);
        return scale;
    }

    /// <summary>
    /// Codes 0 … <paramref name="most"/> above a least value. Plain: the range divided evenly. Weighted: scale and least value by
    /// least squares on 37 grids.
    /// </summary>
    /// <returns>The scale and the least value.</returns>
    public static (float Scale, float Low) WithMinimum(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, int most, Span<byte> codes)
    {
        if (!importance.IsEmpty)
        {
            Span<float> weights = stackalloc float[Size];
            ScaleFit.Weigh(values, importance, meanSquare, weights);
            var fit = ScaleFit.WithMinimum(values, weights, most, RoundingGrids.Weighted, codes);
            return (fit.Scale, -fit.Minimum);
        }
        var (low, high) = (float.MaxValue, -float.MaxValue);
        foreach (var value in values)
        {
            if (value < low) low = value;
            if (value > high) high = value;
        }
        var scale = (high - low) / most;
        var inverse = Inverse(scale);
        for (var i = 0; i < Size; i++) codes[i] = Truncate((values[i] - low) * inverse + 0.5f, most);
        return (scale, low);
    }

    /// <summary>Byte j gets the lower four bits of codes j and j + 16.</summary>
    public static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> packed)
    {
        for (var j = 0; j < 16; j++) packed[j] = (byte)(codes[j] & 15 | (codes[j + 16] & 15) << 4);
    }

    /// <summary>Four bytes of fifth bits, then the nibbles.</summary>
    public static void PackFiveBits(ReadOnlySpan<byte> codes, Span<byte> packed)
    {
        var high = 0u;
        for (var i = 0; i < Size; i++) high |= (uint)(codes[i] >> 4) << i;
        BinaryPrimitives.WriteUInt32LittleEndian(packed, high);
        PackNibbles(codes, packed[4..]);
    }

    /// <summary>Code <paramref name="i"/> of what <see cref="PackFiveBits"/> wrote.</summary>
    public static int FiveBits(ReadOnlySpan<byte> packed, int i)
    {
        var nibble = i < 16 ? packed[4 + i] & 15 : packed[i - 12] >> 4;
        return nibble | (packed[i / 8] >> i % 8 & 1) << 4;
    }

    private static byte Truncate(float value, int most) => (byte)Math.Clamp(unchecked((int)value), 0, most);

    /// <summary>The reciprocal of the scale before it is rounded to half precision, as in ggml.</summary>
    private static float Inverse(float scale) => scale != 0 ? 1 / scale : 0;
}
