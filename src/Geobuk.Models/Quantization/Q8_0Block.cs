using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>32 elements in 34 bytes: f16 d, 32 signed codes; x = d·q, d = max|x| / 127, halves round away from zero.</summary>
public readonly struct Q8_0Block : IBlockFormat<Q8_0Block>
{
    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q8_0;
    /// <inheritdoc/>
    public static int BlockSize => 32;
    /// <inheritdoc/>
    public static int BlockBytes => 34;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        for (var i = 0; i < BlockSize; i++) values[i] = scale * unchecked((sbyte)block[2 + i]);
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        var scale = MathF.Abs(ScaleFit.SignedExtreme(values[..BlockSize])) / 127;
        // The reciprocal is of the unrounded scale, as in ggml.
        var inverse = scale != 0 ? 1 / scale : 0;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (var i = 0; i < BlockSize; i++)
            block[2 + i] = unchecked((byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero));
    }
}
