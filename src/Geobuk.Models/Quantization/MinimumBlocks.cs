using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Geobuk.Models.Quantization;

/// <summary>
/// What Q2_K, Q4_K and Q5_K share: 256 elements in sub-blocks, each x = d·scale·q − dmin·minimum with integer scale and minimum.
/// A fit in three steps: scale and minimum of each sub-block by least squares on rounding grids, their integer codes, the elements
/// again with what the codes stand for.
/// </summary>
/// <param name="SubBlockSize">Elements of a sub-block: 16 or 32.</param>
/// <param name="MostCode">Largest code of an element.</param>
/// <param name="MostScale">Largest code of a scale or minimum.</param>
/// <param name="Plain">Grids without importance.</param>
/// <param name="Variance">The variance in the weights is this times the mean square of the 256 elements.</param>
internal sealed record MinimumBlocks(int SubBlockSize, int MostCode, int MostScale, RoundingGrids Plain, float Variance)
{
    public const int Size = 256;

    /// <summary>Sub-blocks of a block.</summary>
    public int Count => Size / SubBlockSize;

    /// <summary>Writes d and dmin to <paramref name="factors"/>, four bytes, and fills the codes.</summary>
    public void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes, Span<byte> scaleCodes, Span<byte> minimumCodes, Span<byte> factors)
    {
        Span<float> scales = stackalloc float[Count];
        Span<float> minima = stackalloc float[Count];
        Span<float> weightSums = stackalloc float[Count];
        FitSubBlocks(values, importance, codes, scales, minima, weightSums);
        var d = (Half)FitScales(scales, importance.IsEmpty ? default : weightSums, scaleCodes);
        var dmin = (Half)FitScales(minima, importance.IsEmpty ? default : weightSums, minimumCodes);
        BinaryPrimitives.WriteHalfLittleEndian(factors, d);
        BinaryPrimitives.WriteHalfLittleEndian(factors[2..], dmin);
        for (var j = 0; j < Count; j++)
        {
            var (scale, minimum) = ((float)d * scaleCodes[j], (float)dmin * minimumCodes[j]);
            if (scale != 0) ScaleFit.Requantize(values.Slice(j * SubBlockSize, SubBlockSize), minimum, scale, 0, MostCode, codes.Slice(j * SubBlockSize, SubBlockSize));
        }
    }

    private void FitSubBlocks(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes, Span<float> scales, Span<float> minima, Span<float> weightSums)
    {
        var variance = importance.IsEmpty ? 0 : Variance * ScaleFit.SumOfSquares(values) / Size;
        if (LaneGroups.IsSupported)
        {
            FitInLanes(values, importance, variance, codes, scales, minima, weightSums);
            return;
        }
        Span<float> weights = stackalloc float[SubBlockSize];
        for (var j = 0; j < Count; j++)
        {
            var part = values.Slice(j * SubBlockSize, SubBlockSize);
            if (importance.IsEmpty) PlainWeights(part, weights);
            else weightSums[j] = ScaleFit.Weigh(part, importance.Slice(j * SubBlockSize, SubBlockSize), variance, weights);
            var grids = importance.IsEmpty ? Plain : RoundingGrids.Weighted;
            (scales[j], minima[j]) = ScaleFit.WithMinimum(part, weights, MostCode, grids, codes.Slice(j * SubBlockSize, SubBlockSize));
        }
    }

    private void FitInLanes(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float variance, Span<byte> codes, Span<float> scales, Span<float> minima, Span<float> weightSums)
    {
        Span<Vector256<float>> room = stackalloc Vector256<float>[3 * SubBlockSize];
        for (var j = 0; j < Count; j += LaneGroups.Count)
        {
            var (first, length) = (j * SubBlockSize, LaneGroups.Count * SubBlockSize);
            var groups = new LaneGroups(values.Slice(first, length), SubBlockSize, room);
            if (importance.IsEmpty) groups.WeighPlainly(Plain.Absolute);
            else groups.Weigh(importance.Slice(first, length), variance, weightSums[j..]);
            groups.WithMinimum(MostCode, importance.IsEmpty ? Plain : RoundingGrids.Weighted, codes.Slice(first, length), scales[j..], minima[j..]);
        }
    }

    /// <summary>|x|, to which the formats that minimise square errors add the root mean square.</summary>
    private void PlainWeights(ReadOnlySpan<float> part, Span<float> weights)
    {
        var deviation = Plain.Absolute ? 0 : MathF.Sqrt(ScaleFit.SumOfSquares(part) / SubBlockSize);
        for (var i = 0; i < weights.Length; i++) weights[i] = deviation + MathF.Abs(part[i]);
    }

    /// <summary>Codes of the scales and their common factor; without weights the largest gets the largest code.</summary>
    private float FitScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> weights, Span<byte> codes)
    {
        if (!weights.IsEmpty) return ScaleFit.Positive(scales, weights, MostScale, codes);
        var most = 0f;
        foreach (var scale in scales) most = MathF.Max(most, scale);
        var inverse = most > 0 ? MostScale / most : 0;
        for (var j = 0; j < codes.Length; j++) codes[j] = (byte)ScaleFit.Code(inverse * scales[j], 0, MostScale);
        return most / MostScale;
    }
}
