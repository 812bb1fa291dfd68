using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 32 elements in 18 bytes: f16 d, 16 bytes of codes; byte j holds element j in its low and j + 16 in its high nibble;
/// x = d·(q − 8). Without importance d = extreme / −8; with it the best of 19 grids by weighted error.
/// </summary>
public readonly struct Q4_0Block : IBlockFormat<Q4_0Block>
{
    private const int Half = 8;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q4_0;
    /// <inheritdoc/>
    public static int BlockSize => 32;
    /// <inheritdoc/>
    public static int BlockBytes => 18;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        for (var j = 0; j < 16; j++)
        {
            values[j] = scale * ((block[2 + j] & 15) - Half);
            values[j + 16] = scale * ((block[2 + j] >> 4) - Half);
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var scale = importance.IsEmpty ? Truncating(values, Half, codes) : Weighted(values, importance, codes);
        BinaryPrimitives.WriteHalfLittleEndian(block, (System.Half)scale);
        for (var j = 0; j < 16; j++) block[2 + j] = (byte)(codes[j] | codes[j + 16] << 4);
    }

    /// <summary>The plain rule of Q4_0 and Q5_0: the extreme gets the most negative code, the rest truncate after adding a half.</summary>
    internal static float Truncating(ReadOnlySpan<float> values, int half, Span<byte> codes)
    {
        var scale = ScaleFit.SignedExtreme(values) / -half;
        var inverse = scale != 0 ? 1 / scale : 0;
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)Math.Min(2 * half - 1, (int)(values[i] * inverse + (half + 0.5f)));
        return scale;
    }

    private static float Weighted(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes)
    {
        var mean = 0f;
        foreach (var value in values) mean += value * value;
        mean /= values.Length;
        Span<float> weights = stackalloc float[32];
        for (var i = 0; i < weights.Length; i++) weights[i] = importance[i] * MathF.Sqrt(mean + values[i] * values[i]);
        return ScaleFit.Symmetric(values, weights, Half, codes);
    }
}
