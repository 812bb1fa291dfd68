using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 elements in 110 bytes: 32 bytes of third bits, 64 bytes of lower bit pairs as in Q2_K, 12 bytes of sixteen 6-bit scales,
/// f16 d. For element i of group i / 16: x = d·(scale − 32)·(q − 4). Byte l of the third bits holds that of element l + 32·k in its
/// bit k. Scale j has its lower four bits in byte j % 8 (low nibble for j below 8), its upper two in byte 8 + j % 4.
/// </summary>
public readonly struct Q3_KBlock : IGridFormat<Q3_KBlock>
{
    private const int Groups = 16;
    private const int GroupSize = 16;
    private const int HalfCodes = 4;
    private const int HalfScales = 32;
    private const int Codes = 32;
    private const int Scales = 96;
    private const int Factor = 108;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q3_K;
    /// <inheritdoc/>
    public static int BlockSize => 256;
    /// <inheritdoc/>
    public static int BlockBytes => 110;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [108];

    /// <inheritdoc/>
    public static GridShape Shape { get; } = new(16, -32, 31, 0, GridShape.Even(-4, 8));

    /// <inheritdoc/>
    public static (Half D, Half DMin) ReadScales(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima)
    {
        for (var g = 0; g < Groups; g++) (scales[g], minima[g]) = (ScaleCode(block[Scales..Factor], g) - HalfScales, 0);
        return (BinaryPrimitives.ReadHalfLittleEndian(block[Factor..]), default);
    }

    /// <inheritdoc/>
    public static void Write(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block)
    {
        block.Clear();
        BinaryPrimitives.WriteHalfLittleEndian(block[Factor..], d);
        for (var g = 0; g < Groups; g++) PackScale(g, scales[g] + HalfScales, block);
        PackCodes(codes, block);
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = (float)BinaryPrimitives.ReadHalfLittleEndian(block[Factor..]);
        Span<byte> codes = stackalloc byte[BlockSize];
        TwoBits.Unpack(block[Codes..Scales], codes);
        for (var run = 0; run < 8; run++) CodeExpansion.AddBits(block[..Codes], run, 1, 2, codes.Slice(run * 32, 32));
        for (var g = 0; g < Groups; g++)
            CodeExpansion.Expand(codes.Slice(g * GroupSize, GroupSize), HalfCodes, d * (ScaleCode(block[Scales..Factor], g) - HalfScales), 0, values.Slice(g * GroupSize, GroupSize));
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        block.Clear();
        Span<byte> codes = stackalloc byte[256];
        Span<byte> scaleCodes = stackalloc byte[Groups];
        var d = (Half)FitGroups(values, importance, codes, scaleCodes);
        BinaryPrimitives.WriteHalfLittleEndian(block[Factor..], d);
        for (var g = 0; g < Groups; g++)
        {
            PackScale(g, scaleCodes[g], block);
            var scale = (float)d * (scaleCodes[g] - HalfScales);
            if (scale != 0) ScaleFit.Requantize(values.Slice(g * GroupSize, GroupSize), 0, scale, -HalfCodes, HalfCodes - 1, codes.Slice(g * GroupSize, GroupSize));
        }
        PackCodes(codes, block);
    }

    private static void PackScale(int group, int code, Span<byte> block)
    {
        block[Scales + group % 8] |= (byte)((code & 15) << group / 8 * 4);
        block[Scales + 8 + group % 4] |= (byte)(code >> 4 << group / 4 * 2);
    }

    private static void PackCodes(ReadOnlySpan<byte> codes, Span<byte> block)
    {
        for (var i = 0; i < BlockSize; i++) block[i % 32] |= (byte)(codes[i] >> 2 << i / 32);
        TwoBits.Pack(codes, block[Codes..Scales]);
    }

    private static int ScaleCode(ReadOnlySpan<byte> scales, int group) =>
        scales[group % 8] >> group / 8 * 4 & 15 | (scales[8 + group % 4] >> group / 4 * 2 & 3) << 4;

    /// <summary>Codes of the elements, codes 0 … 63 of the scales, and d.</summary>
    private static float FitGroups(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes, Span<byte> scaleCodes)
    {
        Span<float> scales = stackalloc float[Groups];
        Span<float> weightSums = stackalloc float[Groups];
        if (LaneGroups.IsSupported) FitInLanes(values, importance, codes, scales, weightSums);
        else FitOneByOne(values, importance, codes, scales, weightSums);
        if (!importance.IsEmpty) return ScaleFit.Symmetric(scales, weightSums, HalfScales, scaleCodes);
        var extreme = ScaleFit.SignedExtreme(scales);
        if (extreme == 0) return 0;
        var inverse = -HalfScales / extreme;
        for (var g = 0; g < Groups; g++) scaleCodes[g] = (byte)(ScaleFit.Code(inverse * scales[g], -HalfScales, HalfScales - 1) + HalfScales);
        return 1 / inverse;
    }

    private static float Variance(ReadOnlySpan<float> values) => 2 * ScaleFit.SumOfSquares(values) / BlockSize;

    private static void FitInLanes(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes, Span<float> scales, Span<float> weightSums)
    {
        Span<Vector256<float>> room = stackalloc Vector256<float>[3 * GroupSize];
        var variance = importance.IsEmpty ? 0 : Variance(values);
        for (var g = 0; g < Groups; g += LaneGroups.Count)
        {
            var (first, length) = (g * GroupSize, LaneGroups.Count * GroupSize);
            var groups = new LaneGroups(values.Slice(first, length), GroupSize, room);
            if (importance.IsEmpty)
            {
                groups.WeighBySquares();
                groups.SymmetricByPasses(HalfCodes, codes.Slice(first, length), scales[g..]);
                continue;
            }
            groups.Weigh(importance.Slice(first, length), variance, weightSums[g..]);
            groups.Symmetric(HalfCodes, codes.Slice(first, length), scales[g..]);
        }
    }

    private static void FitOneByOne(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes, Span<float> scales, Span<float> weightSums)
    {
        Span<float> weights = stackalloc float[GroupSize];
        var variance = Variance(values);
        for (var g = 0; g < Groups; g++)
        {
            var part = values.Slice(g * GroupSize, GroupSize);
            var partCodes = codes.Slice(g * GroupSize, GroupSize);
            if (importance.IsEmpty)
            {
                scales[g] = ScaleFit.SymmetricByPasses(part, HalfCodes, partCodes);
                continue;
            }
            weightSums[g] = ScaleFit.Weigh(part, importance.Slice(g * GroupSize, GroupSize), variance, weights);
            scales[g] = ScaleFit.Symmetric(part, weights, HalfCodes, partCodes);
        }
    }
}
