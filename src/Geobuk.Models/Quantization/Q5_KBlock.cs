using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 elements in 176 bytes: f16 d, f16 dmin, 12 bytes of scales and minima as in Q4_K, 32 bytes of fifth bits, 128 bytes of
/// nibbles as in Q4_K. For element i of sub-block j (32 each): x = d·scale[j]·q − dmin·min[j]; byte i of the fifth bits holds that
/// of element i of sub-block j in its bit j.
/// </summary>
public readonly struct Q5_KBlock : IGridFormat<Q5_KBlock>
{
    private const int HighBits = 16;
    private const int Codes = 48;

    private static readonly MinimumBlocks s_blocks = new(32, 31, 63, new RoundingGrids(-0.5f, 0.1f, 16), 2);

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q5_K;
    /// <inheritdoc/>
    public static int BlockSize => 256;
    /// <inheritdoc/>
    public static int BlockBytes => 176;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0, 2];

    /// <inheritdoc/>
    public static GridShape Shape { get; } = new(32, 0, 63, 63, GridShape.Even(0, 32));

    /// <inheritdoc/>
    public static (Half D, Half DMin) ReadScales(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima) =>
        SixBitScales.ReadBeginning(block, scales, minima);

    /// <inheritdoc/>
    public static void Write(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block)
    {
        SixBitScales.WriteBeginning(d, dMin, scales, minima, block);
        PackCodes(codes, block);
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        var dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        var high = block.Slice(HighBits, 32);
        Span<byte> codes = stackalloc byte[64];
        for (var j = 0; j < 8; j++)
        {
            if ((j & 1) == 0) CodeExpansion.Nibbles(block.Slice(Codes + j / 2 * 32, 32), codes);
            var part = codes.Slice((j & 1) * 32, 32);
            CodeExpansion.AddBits(high, j, 1, 4, part);
            var (scaleCode, minimumCode) = SixBitScales.Unpack(block[4..HighBits], j);
            CodeExpansion.Expand(part, 0, d * scaleCode, dmin * minimumCode, values.Slice(j * 32, 32));
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<byte> scales = stackalloc byte[8];
        Span<byte> minima = stackalloc byte[8];
        s_blocks.Encode(values, importance, codes, scales, minima, block);
        SixBitScales.Pack(scales, minima, block[4..HighBits]);
        PackCodes(codes, block);
    }

    private static void PackCodes(ReadOnlySpan<byte> codes, Span<byte> block)
    {
        var fifth = Vector256<byte>.Zero;
        var nibble = Vector256.Create((byte)15);
        for (var j = 0; j < 8; j += 2)
        {
            var (low, high) = (Vector256.Create(codes.Slice(32 * j, 32)), Vector256.Create(codes.Slice(32 * j + 32, 32)));
            fifth |= (low >>> 4) << j | (high >>> 4) << j + 1;
            (low & nibble | (high & nibble) << 4).CopyTo(block[(Codes + 16 * j)..]);
        }
        fifth.CopyTo(block[HighBits..]);
    }
}
