using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 elements in 136 bytes: f16 d, u16 with the upper two bits of eight 6-bit scales, 4 bytes with their lower four, then for each
/// 32 elements 16 bytes of codes as in IQ4_NL; x = d·(scale − 32)·level[q].
/// </summary>
public readonly struct IQ4_XSBlock : IGridFormat<IQ4_XSBlock>
{
    private const int SubBlocks = 8;
    private const int HalfScales = 32;
    private const int Codes = 8;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.IQ4_XS;
    /// <inheritdoc/>
    public static int BlockSize => 256;
    /// <inheritdoc/>
    public static int BlockBytes => 136;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0];

    /// <inheritdoc/>
    public static GridShape Shape { get; } = new(32, -32, 31, 0, Array.ConvertAll(UnevenTable.Levels.ToArray(), level => (float)level));

    /// <inheritdoc/>
    public static (Half D, Half DMin) ReadScales(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima)
    {
        var high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (var b = 0; b < SubBlocks; b++) (scales[b], minima[b]) = ((block[4 + b / 2] >> b % 2 * 4 & 15 | (high >> 2 * b & 3) << 4) - HalfScales, 0);
        return (BinaryPrimitives.ReadHalfLittleEndian(block), default);
    }

    /// <inheritdoc/>
    public static void Write(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block)
    {
        block.Clear();
        BinaryPrimitives.WriteHalfLittleEndian(block, d);
        var high = 0;
        for (var b = 0; b < SubBlocks; b++)
        {
            SmallBlocks.PackNibbles(codes.Slice(32 * b, 32), block[(Codes + 16 * b)..]);
            block[4 + b / 2] |= (byte)((scales[b] + HalfScales & 15) << b % 2 * 4);
            high |= (scales[b] + HalfScales) >> 4 << 2 * b;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(block[2..], (ushort)high);
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        var high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (var b = 0; b < SubBlocks; b++)
        {
            var scale = d * ((block[4 + b / 2] >> b % 2 * 4 & 15 | (high >> 2 * b & 3) << 4) - HalfScales);
            var codes = block.Slice(Codes + 16 * b, 16);
            for (var j = 0; j < 16; j++)
            {
                values[32 * b + j] = scale * UnevenTable.Levels[codes[j] & 15];
                values[32 * b + j + 16] = scale * UnevenTable.Levels[codes[j] >> 4];
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        block.Clear();
        Span<float> scales = stackalloc float[SubBlocks];
        var variance = 2 * ScaleFit.SumOfSquares(values) / BlockSize;
        for (var b = 0; b < SubBlocks; b++)
            scales[b] = UnevenTable.Scale(values.Slice(32 * b, 32), importance.IsEmpty ? default : importance.Slice(32 * b, 32), variance);
        // Like ggml, the codes are chosen by d before it is rounded to half precision.
        var d = -ScaleFit.SignedExtreme(scales) / HalfScales;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)d);
        var inverse = d != 0 ? 1 / d : 0;
        Span<byte> codes = stackalloc byte[32];
        var high = 0;
        for (var b = 0; b < SubBlocks; b++)
        {
            var scaleCode = ScaleFit.Code(inverse * scales[b], -HalfScales, HalfScales - 1);
            UnevenTable.Encode(values.Slice(32 * b, 32), d * scaleCode, codes);
            SmallBlocks.PackNibbles(codes, block[(Codes + 16 * b)..]);
            block[4 + b / 2] |= (byte)((scaleCode + HalfScales & 15) << b % 2 * 4);
            high |= (scaleCode + HalfScales) >> 4 << 2 * b;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(block[2..], (ushort)high);
    }
}
