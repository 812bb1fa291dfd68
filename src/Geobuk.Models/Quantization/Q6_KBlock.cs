using System.Buffers.Binary;
using System.Runtime.Intrinsics;

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
    public static ReadOnlySpan<int> FactorOffsets => [208];

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
        Span<byte> codes = stackalloc byte[128];
        for (var half = 0; half < 2; half++)
        {
            CodeExpansion.Nibbles(block.Slice(half * 64, 64), codes);
            for (var run = 0; run < 4; run++)
            {
                CodeExpansion.AddBits(block.Slice(HighBits + half * 32, 32), run * 2, 3, 4, codes.Slice(run * 32, 32));
                for (var g = run * 2; g < run * 2 + 2; g++)
                    CodeExpansion.Expand(codes.Slice(g * GroupSize, GroupSize), HalfCodes, d * unchecked((sbyte)block[Scales + half * 8 + g]), 0, values.Slice(half * 128 + g * GroupSize, GroupSize));
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        block.Clear();
        Span<byte> codes = stackalloc byte[256];
        Span<float> scales = stackalloc float[Groups];
        FitGroups(values, importance, codes, scales);
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
            if (scale != 0) ScaleFit.Requantize(values.Slice(g * GroupSize, GroupSize), 0, scale, -HalfCodes, HalfCodes - 1, codes.Slice(g * GroupSize, GroupSize));
        }
        PackCodes(codes, block);
    }

    private static void FitGroups(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes, Span<float> scales)
    {
        if (!LaneGroups.IsSupported)
        {
            for (var g = 0; g < Groups; g++)
            {
                var weights = importance.IsEmpty ? default : importance.Slice(g * GroupSize, GroupSize);
                scales[g] = ScaleFit.Symmetric(values.Slice(g * GroupSize, GroupSize), weights, HalfCodes, codes.Slice(g * GroupSize, GroupSize));
            }
            return;
        }
        Span<Vector256<float>> room = stackalloc Vector256<float>[3 * GroupSize];
        for (var g = 0; g < Groups; g += LaneGroups.Count)
        {
            var (first, length) = (g * GroupSize, LaneGroups.Count * GroupSize);
            var groups = new LaneGroups(values.Slice(first, length), GroupSize, room);
            if (importance.IsEmpty) groups.WeighBySquares();
            else groups.Weigh(importance.Slice(first, length), null, default);
            groups.Symmetric(HalfCodes, codes.Slice(first, length), scales[g..]);
        }
    }

    private static void PackCodes(ReadOnlySpan<byte> codes, Span<byte> block)
    {
        for (var half = 0; half < 2; half++)
        {
            var from = codes.Slice(half * 128, 128);
            var low = block.Slice(half * 64, 64);
            var high = block.Slice(HighBits + half * 32, 32);
            for (var l = 0; l < 64; l++) low[l] = (byte)(from[l] & 15 | (from[l + 64] & 15) << 4);
            for (var l = 0; l < 32; l++) high[l] = (byte)(from[l] >> 4 | from[l + 32] >> 4 << 2 | from[l + 64] >> 4 << 4 | from[l + 96] >> 4 << 6);
        }
    }
}
