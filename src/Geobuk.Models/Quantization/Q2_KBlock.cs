using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 elements in 84 bytes: 16 bytes with a 4-bit scale (low) and a 4-bit minimum (high) each, 64 bytes of codes, f16 d, f16 dmin.
/// For element i of sub-block j (16 each): x = d·scale[j]·q − dmin·min[j]. Each half of 128 elements has 32 bytes; byte l holds
/// elements l, l + 32, l + 64 and l + 96, two bits each.
/// </summary>
public readonly struct Q2_KBlock : IGridFormat<Q2_KBlock>
{
    private const int Codes = 16;
    private const int Factors = 80;

    private static readonly MinimumBlocks s_blocks = new(16, 3, 15, new RoundingGrids(-0.5f, 0.1f, 16, Absolute: true), 1);

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q2_K;
    /// <inheritdoc/>
    public static int BlockSize => 256;
    /// <inheritdoc/>
    public static int BlockBytes => 84;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [80, 82];

    /// <inheritdoc/>
    public static GridShape Shape { get; } = new(16, 0, 15, 15, GridShape.Even(0, 4));

    /// <inheritdoc/>
    public static (Half D, Half DMin) ReadScales(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima)
    {
        for (var j = 0; j < scales.Length; j++) (scales[j], minima[j]) = (block[j] & 15, block[j] >> 4);
        return (BinaryPrimitives.ReadHalfLittleEndian(block[Factors..]), BinaryPrimitives.ReadHalfLittleEndian(block[(Factors + 2)..]));
    }

    /// <inheritdoc/>
    public static void Write(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block)
    {
        for (var j = 0; j < scales.Length; j++) block[j] = (byte)(scales[j] | minima[j] << 4);
        BinaryPrimitives.WriteHalfLittleEndian(block[Factors..], d);
        BinaryPrimitives.WriteHalfLittleEndian(block[(Factors + 2)..], dMin);
        TwoBits.Pack(codes, block[Codes..Factors]);
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = (float)BinaryPrimitives.ReadHalfLittleEndian(block[Factors..]);
        var dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(block[(Factors + 2)..]);
        Span<byte> codes = stackalloc byte[256];
        TwoBits.Unpack(block[Codes..Factors], codes);
        for (var j = 0; j < 16; j++)
            CodeExpansion.Expand(codes.Slice(j * 16, 16), 0, d * (block[j] & 15), dmin * (block[j] >> 4), values.Slice(j * 16, 16));
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<byte> scales = stackalloc byte[16];
        Span<byte> minima = stackalloc byte[16];
        s_blocks.Encode(values, importance, codes, scales, minima, block[Factors..]);
        for (var j = 0; j < 16; j++) block[j] = (byte)(scales[j] | minima[j] << 4);
        TwoBits.Pack(codes, block[Codes..Factors]);
    }
}
