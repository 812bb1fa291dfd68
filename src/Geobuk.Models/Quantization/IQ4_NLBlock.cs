using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>32 elements in 18 bytes: f16 d, 16 bytes of codes laid out as in Q4_0; x = d·level[q], levels of <see cref="UnevenTable"/>.</summary>
public readonly struct IQ4_NLBlock : IBlockFormat<IQ4_NLBlock>
{
    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.IQ4_NL;
    /// <inheritdoc/>
    public static int BlockSize => 32;
    /// <inheritdoc/>
    public static int BlockBytes => 18;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        for (var j = 0; j < 16; j++)
        {
            values[j] = scale * UnevenTable.Levels[block[2 + j] & 15];
            values[j + 16] = scale * UnevenTable.Levels[block[2 + j] >> 4];
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var scale = UnevenTable.Scale(values, importance, 2 * ScaleFit.SumOfSquares(values) / 32);
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        UnevenTable.Encode(values, scale, codes);
        SmallBlocks.PackNibbles(codes, block[2..]);
    }
}
