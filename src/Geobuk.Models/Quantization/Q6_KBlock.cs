using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 elements in 210 bytes: 128 bytes of low nibbles, 64 bytes of upper bit pairs, sixteen 8-bit scales, f16 d. For element
/// i of group i / 16: x = d·scale·(q − 32). Each half of 128 elements holds four runs of 32: runs 0 and 1 in the low nibbles
/// of 64 bytes, runs 2 and 3 in the high ones; byte l of 32 holds the upper bits of element l of all four runs.
/// </summary>
public readonly struct Q6_KBlock : IGridFormat<Q6_KBlock>
{
    private const int Groups = 16;
    private const int GroupSize = 16;
    private const int HalfCodes = 32;
    private const int HighBits = 128;
    private const int Scales = 192;
    private const int Factor = 208;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q6_K;
    /// <inheritdoc/>
    public static int BlockSize => 256;
    /// <inheritdoc/>
    public static int BlockBytes => 210;

    /// <inheritdoc/>
    public static GridShape Shape { get; } = new(16, -128, 127, 0, GridShape.Even(-32, 64));

    /// <inheritdoc/>
    public static (Half D, Half DMin) ReadScales(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima)
    {
        for (var g = 0; g < Groups; g++) (scales[g], minima[g]) = (unchecked((sbyte)block[Scales + g]), 0);
        return (BinaryPrimitives.ReadHalfLittleEndian(block[Factor..]), default);
    }

    /// <inheritdoc/>
    public static void Write(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block)
    {
        block.Clear();
        BinaryPrimitives.WriteHalfLittleEndian(block[Factor..], d);
        for (var g = 0; g < Groups; g++) block[Scales + g] = unchecked((byte)scales[g]);
        PackCodes(codes, block);
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = (float)BinaryPrimitives.ReadHalfLittleEndian(block[Factor..]);
        for (var i = 0; i < BlockSize; i++)
        {
            var (low, lowShift, high, highShift) = Place(i);
            var code = block[low] >> lowShift & 15 | (block[high] >> highShift & 3) << 4;
            values[i] = d * unchecked((sbyte)block[Scales + i / GroupSize]) * (code - HalfCodes);
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        block.Clear();
        Span<byte> codes = stackalloc byte[256];
        Span<float> scales = stackalloc float[Groups];
        for (var g = 0; g < Groups; g++)
        {
            var weights = importance.IsEmpty ? default : importance.Slice(g * GroupSize, GroupSize);
            scales[g] = ScaleFit.Symmetric(values.Slice(g * GroupSize, GroupSize), weights, HalfCodes, codes.Slice(g * GroupSize, GroupSize));
        }
        var extreme = ScaleFit.SignedExtreme(scales);
        if (MathF.Abs(extreme) < ScaleFit.Zero) return;
        var inverse = -128f / extreme;
        var d = (Half)(1 / inverse);
        BinaryPrimitives.WriteHalfLittleEndian(block[Factor..], d);
        for (var g = 0; g < Groups; g++)
        {
            var scaleCode = ScaleFit.Code(inverse * scales[g], -128, 127);
            block[Scales + g] = unchecked((byte)scaleCode);
            var scale = (float)d * scaleCode;
            if (scale == 0) continue;
            for (var i = g * GroupSize; i < (g + 1) * GroupSize; i++)
                codes[i] = (byte)(ScaleFit.Code(values[i] / scale, -HalfCodes, HalfCodes - 1) + HalfCodes);
        }
        PackCodes(codes, block);
    }

    private static void PackCodes(ReadOnlySpan<byte> codes, Span<byte> block)
    {
        for (var i = 0; i < BlockSize; i++)
        {
            var (low, lowShift, high, highShift) = Place(i);
            block[low] |= (byte)((codes[i] & 15) << lowShift);
            block[high] |= (byte)(codes[i] >> 4 << highShift);
        }
    }

    /// <summary>Where element <paramref name="i"/> keeps its low nibble and its upper bit pair.</summary>
    private static (int Low, int LowShift, int High, int HighShift) Place(int i)
    {
        var (half, run, l) = (i / 128, i % 128 / 32, i % 32);
        return (half * 64 + (run & 1) * 32 + l, run / 2 * 4, HighBits + half * 32 + l, run * 2);
    }
}
