using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 elements in 144 bytes: f16 d, f16 dmin, 12 bytes of eight 6-bit scales and eight 6-bit minima, 128 bytes of codes.
/// For element i of sub-block j (32 each): x = d·scale[j]·q − dmin·min[j]. Of every 64 elements the first 32 lie in the low,
/// the next 32 in the high nibbles of 32 bytes.
/// </summary>
public readonly struct Q4_KBlock : IGridFormat<Q4_KBlock>
{
    private const int Codes = 16;

    private static readonly MinimumBlocks s_blocks = new(32, 15, 63, new RoundingGrids(-1f, 0.1f, 21), 2);

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q4_K;
    /// <inheritdoc/>
    public static int BlockSize => 256;
    /// <inheritdoc/>
    public static int BlockBytes => 144;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0, 2];

    /// <inheritdoc/>
    public static GridShape Shape { get; } = new(32, 0, 63, 63, GridShape.Even(0, 16));

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
        Span<byte> codes = stackalloc byte[64];
        for (var j = 0; j < 8; j++)
        {
            if ((j & 1) == 0) CodeExpansion.Nibbles(block.Slice(Codes + j / 2 * 32, 32), codes);
            var (scaleCode, minimumCode) = SixBitScales.Unpack(block[4..Codes], j);
            CodeExpansion.Expand(codes.Slice((j & 1) * 32, 32), 0, d * scaleCode, dmin * minimumCode, values.Slice(j * 32, 32));
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<byte> scales = stackalloc byte[8];
        Span<byte> minima = stackalloc byte[8];
        s_blocks.Encode(values, importance, codes, scales, minima, block);
        SixBitScales.Pack(scales, minima, block[4..Codes]);
        PackCodes(codes, block);
    }

    private static void PackCodes(ReadOnlySpan<byte> codes, Span<byte> block)
    {
        for (var at = 0; at < 128; at += 32)
        {
            var (low, high) = (Vector256.Create(codes.Slice(2 * at, 32)), Vector256.Create(codes.Slice(2 * at + 32, 32)));
            (low | high << 4).CopyTo(block[(Codes + at)..]);
        }
    }
}
