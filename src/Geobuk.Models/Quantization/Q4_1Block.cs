using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>32 elements in 20 bytes: f16 d, f16 m, 16 bytes of codes laid out as in Q4_0; x = d·q + m.</summary>
public readonly struct Q4_1Block : IBlockFormat<Q4_1Block>
{
    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q4_1;
    /// <inheritdoc/>
    public static int BlockSize => 32;
    /// <inheritdoc/>
    public static int BlockBytes => 20;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0, 2];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        var low = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        for (var j = 0; j < 16; j++)
        {
            values[j] = scale * (block[4 + j] & 15) + low;
            values[j + 16] = scale * (block[4 + j] >> 4) + low;
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var (scale, low) = SmallBlocks.WithMinimum(values, importance, meanSquare, 15, codes);
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)low);
        SmallBlocks.PackNibbles(codes, block[4..]);
    }
}
