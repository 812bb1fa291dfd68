using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 256 elements in 144 bytes: f16 d, f16 dmin, 12 bytes of eight 6-bit scales and eight 6-bit minima, 128 bytes of codes.
/// For element i of sub-block j (32 each): x = d·scale[j]·q − dmin·min[j]. Of every 64 elements the first 32 lie in the low,
/// the next 32 in the high nibbles of 32 bytes.
/// </summary>
public readonly struct Q4_KBlock : IBlockFormat<Q4_KBlock>
{
    private const int SubBlocks = 8;
    private const int SubBlockSize = 32;
    private const int MostCode = 15;
    private const int MostScale = 63;

    private static readonly RoundingGrids s_plain = new(-1f, 0.1f, 21);
    private static readonly RoundingGrids s_weighted = new(-0.9f, 0.05f, 37);

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q4_K;
    /// <inheritdoc/>
    public static int BlockSize => 256;
    /// <inheritdoc/>
    public static int BlockBytes => 144;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        var dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        for (var j = 0; j < SubBlocks; j++)
        {
            var (scaleCode, minimumCode) = UnpackScale(block[4..16], j);
            var (scale, minimum) = (d * scaleCode, dmin * minimumCode);
            var codes = block.Slice(16 + j / 2 * SubBlockSize, SubBlockSize);
            for (var i = 0; i < SubBlockSize; i++)
                values[j * SubBlockSize + i] = scale * (codes[i] >> 4 * (j & 1) & 15) - minimum;
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<float> scales = stackalloc float[SubBlocks];
        Span<float> minima = stackalloc float[SubBlocks];
        Span<float> weightSums = stackalloc float[SubBlocks];
        FitSubBlocks(values, importance, codes, scales, minima, weightSums);

        Span<byte> scaleCodes = stackalloc byte[SubBlocks];
        Span<byte> minimumCodes = stackalloc byte[SubBlocks];
        var d = FitScales(scales, importance.IsEmpty ? default : weightSums, scaleCodes);
        var dmin = FitScales(minima, importance.IsEmpty ? default : weightSums, minimumCodes);
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)d);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)dmin);
        PackScales(scaleCodes, minimumCodes, block[4..16]);

        for (var j = 0; j < SubBlocks; j++)
        {
            var (scale, minimum) = ((float)(Half)d * scaleCodes[j], (float)(Half)dmin * minimumCodes[j]);
            if (scale == 0) continue;
            for (var i = j * SubBlockSize; i < (j + 1) * SubBlockSize; i++)
                codes[i] = (byte)ScaleFit.Code((values[i] + minimum) / scale, 0, MostCode);
        }
        for (var i = 0; i < 128; i++)
        {
            var first = i / SubBlockSize * 64 + i % SubBlockSize;
            block[16 + i] = (byte)(codes[first] | codes[first + SubBlockSize] << 4);
        }
    }

    /// <summary>The 6-bit scale and minimum of a sub-block: the first four plain, the others with their upper bits in the first's.</summary>
    private static (int Scale, int Minimum) UnpackScale(ReadOnlySpan<byte> packed, int j) => j < 4
        ? (packed[j] & 63, packed[j + 4] & 63)
        : (packed[j + 4] & 15 | packed[j - 4] >> 6 << 4, packed[j + 4] >> 4 | packed[j] >> 6 << 4);

    private static void PackScales(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, Span<byte> packed)
    {
        for (var j = 0; j < 4; j++)
        {
            packed[j] = (byte)(scales[j] | scales[j + 4] >> 4 << 6);
            packed[j + 4] = (byte)(minima[j] | minima[j + 4] >> 4 << 6);
            packed[j + 8] = (byte)(scales[j + 4] & 15 | (minima[j + 4] & 15) << 4);
        }
    }

    private static void FitSubBlocks(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes, Span<float> scales, Span<float> minima, Span<float> weightSums)
    {
        Span<float> weights = stackalloc float[SubBlockSize];
        var variance = 2 * SumOfSquares(values[..BlockSize]) / BlockSize;
        for (var j = 0; j < SubBlocks; j++)
        {
            var part = values.Slice(j * SubBlockSize, SubBlockSize);
            var deviation = MathF.Sqrt(SumOfSquares(part) / SubBlockSize);
            weightSums[j] = 0;
            for (var i = 0; i < SubBlockSize; i++)
            {
                weights[i] = importance.IsEmpty
                    ? deviation + MathF.Abs(part[i])
                    : importance[j * SubBlockSize + i] * MathF.Sqrt(variance + part[i] * part[i]);
                weightSums[j] += weights[i];
            }
            (scales[j], minima[j]) = ScaleFit.WithMinimum(part, weights, MostCode, importance.IsEmpty ? s_plain : s_weighted, codes.Slice(j * SubBlockSize, SubBlockSize));
        }
    }

    /// <summary>Six-bit codes of eight scales and their common factor; without weights the largest gets the largest code.</summary>
    private static float FitScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> weights, Span<byte> codes)
    {
        if (!weights.IsEmpty) return ScaleFit.Positive(scales, weights, MostScale, codes);
        var most = 0f;
        foreach (var scale in scales) most = MathF.Max(most, scale);
        var inverse = most > 0 ? MostScale / most : 0;
        for (var j = 0; j < codes.Length; j++) codes[j] = (byte)ScaleFit.Code(inverse * scales[j], 0, MostScale);
        return most / MostScale;
    }

    private static float SumOfSquares(ReadOnlySpan<float> values)
    {
        var sum = 0f;
        foreach (var value in values) sum += value * value;
        return sum;
    }
}
