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
    public static ReadOnlySpan<int> FactorOffsets => [0];

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
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var scale = SmallBlocks.Symmetric(values, importance, meanSquare, Half, codes);
        BinaryPrimitives.WriteHalfLittleEndian(block, (System.Half)scale);
        SmallBlocks.PackNibbles(codes, block[2..]);
    }
}
