using System.Runtime.Intrinsics;

namespace Geobuk.Models.Quantization;

/// <summary>
/// Fits of scales and codes shared by the block formats. All of them minimise Σ w·(x − x̂)² over the codes l by trying
/// several rounding grids and solving the least-squares problem for the scale on each:
/// x̂ = s·l gives s = Σwxl / Σwl² and an error reduction of (Σwxl)² / Σwl²; x̂ = s·l + m is the 2×2 system in (s, m).
/// The grids, the single precision and the order of the sums are those of ggml, so that files come out alike.
/// </summary>
internal static class ScaleFit
{
    /// <summary>Below this a group counts as zero.</summary>
    public const float Zero = 1e-15f;

    /// <summary>The nearest integer in a range, halves to even; a quotient of zeros counts as the lowest.</summary>
    public static int Code(float value, int low, int high) => float.IsNaN(value) ? low : (int)Math.Clamp(MathF.Round(value), low, high);

    /// <summary>Codes of values = scale · (code + low) − minimum; as many as a multiple of 16.</summary>
    public static void Requantize(ReadOnlySpan<float> values, float minimum, float scale, int low, int high, Span<byte> codes)
    {
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var (bottom, top, lowest) = (Vector256.Create((float)low), Vector256.Create((float)high), Vector256.Create(low));
            for (; i + 16 <= values.Length; i += 16)
            {
                var first = Nearest(Vector256.Create(values.Slice(i, 8)));
                var second = Nearest(Vector256.Create(values.Slice(i + 8, 8)));
                var narrow = Vector256.Narrow(first, second);
                Vector128.Narrow(narrow.GetLower(), narrow.GetUpper()).AsByte().CopyTo(codes[i..]);
            }
            Vector256<int> Nearest(Vector256<float> part) => Vector256.ConvertToInt32Native(
                Vector256.MinNative(Vector256.MaxNative(Vector256.Round((part + Vector256.Create(minimum)) / Vector256.Create(scale)), bottom), top)) - lowest;
        }
        for (; i < values.Length; i++) codes[i] = (byte)(Code((values[i] + minimum) / scale, low, high) - low);
    }

    /// <summary>Σx², in order.</summary>
    public static float SumOfSquares(ReadOnlySpan<float> values)
    {
        var sum = 0f;
        foreach (var value in values) sum += value * value;
        return sum;
    }

    /// <summary>The weights of a fit: importance · √(variance + x²). Returns their sum.</summary>
    public static float Weigh(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float variance, Span<float> weights)
    {
        var sum = 0f;
        for (var i = 0; i < weights.Length; i++) sum += weights[i] = importance[i] * MathF.Sqrt(variance + values[i] * values[i]);
        return sum;
    }

    /// <summary>The value of greatest magnitude, with its sign; the first of equals.</summary>
    public static float SignedExtreme(ReadOnlySpan<float> values)
    {
        var (magnitude, extreme) = (0f, 0f);
        foreach (var value in values)
        {
            if (MathF.Abs(value) <= magnitude) continue;
            (magnitude, extreme) = (MathF.Abs(value), value);
        }
        return extreme;
    }

    /// <summary>
    /// Symmetric codes −<paramref name="half"/> … <paramref name="half"/>−1, stored with <paramref name="half"/> added.
    /// Grids: −(half + t/10) / extreme for t = −9 … 9.
    /// </summary>
    /// <param name="values">The group.</param>
    /// <param name="weights">One weight per value, or empty: then the square of each value.</param>
    /// <param name="half">Half the number of codes.</param>
    /// <param name="codes">Receives the codes.</param>
    /// <returns>The scale, negative where the extreme is positive.</returns>
    public static float Symmetric(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int half, Span<byte> codes)
    {
        var extreme = SignedExtreme(values);
        if (MathF.Abs(extreme) < Zero)
        {
            codes.Clear();
            return 0;
        }
        var grid = -half / extreme;
        var (cross, square) = SymmetricSums(values, weights, half, grid);
        var scale = square != 0 ? cross / square : 0;
        var best = scale * cross;
        var chosen = grid;
        for (var t = -9; t <= 9; t++)
        {
            if (t == 0) continue;
            grid = -(half + 0.1f * t) / extreme;
            (cross, square) = SymmetricSums(values, weights, half, grid);
            if (square <= 0 || cross * cross <= best * square) continue;
            scale = cross / square;
            best = scale * cross;
            chosen = grid;
        }
        for (var i = 0; i < values.Length; i++) codes[i] = (byte)(Code(chosen * values[i], -half, half - 1) + half);
        return scale;
    }

    /// <summary>
    /// Codes 0 … <paramref name="most"/> with a scale and a minimum that is not above zero: x̂ = scale·l − minimum.
    /// Grids: most / range, then (most + first + step·t) / range for each trial t; the range starts at the best minimum so far.
    /// </summary>
    public static (float Scale, float Minimum) WithMinimum(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int most, RoundingGrids grids, Span<byte> codes)
    {
        var (low, high) = (values[0], values[0]);
        var (weightSum, valueSum) = (weights[0], weights[0] * values[0]);
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] < low) low = values[i];
            if (values[i] > high) high = values[i];
            weightSum += weights[i];
            valueSum += weights[i] * values[i];
        }
        if (low > 0) low = 0;
        if (high == low)
        {
            codes.Clear();
            return (0, -low);
        }
        Span<byte> trial = stackalloc byte[values.Length];
        var grid = most / (high - low);
        var scale = 1 / grid;
        Round(values, low, grid, most, codes);
        var best = Error(values, weights, codes, scale, low, grids.Absolute);
        for (var t = 0; t < grids.Trials; t++)
        {
            Round(values, low, (grids.First + grids.Step * t + most) / (high - low), most, trial);
            if (SolveWithMinimum(values, weights, trial, weightSum, valueSum) is not var (trialScale, trialLow)) continue;
            var error = Error(values, weights, trial, trialScale, trialLow, grids.Absolute);
            if (!(error < best)) continue;
            (best, scale, low) = (error, trialScale, trialLow);
            trial.CopyTo(codes);
        }
        return (scale, -low);
    }

    /// <summary>
    /// Codes 0 … <paramref name="most"/> for values that are not negative (the scales of sub-blocks): the best of nine grids,
    /// then up to five passes that change one code at a time while (Σwxl)² / Σwl² rises.
    /// </summary>
    public static float Positive(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int most, Span<byte> codes)
    {
        var high = 0f;
        foreach (var value in values) high = MathF.Max(high, value);
        if (high < Zero)
        {
            codes.Clear();
            return 0;
        }
        var grid = BestPositiveGrid(values, weights, most, high);
        var (cross, square) = (0f, 0f);
        for (var i = 0; i < values.Length; i++)
        {
            var code = Code(grid * values[i], 0, most);
            codes[i] = (byte)code;
            cross += weights[i] * values[i] * code;
            square += weights[i] * code * code;
        }
        for (var pass = 0; pass < 5; pass++)
        {
            if (!ImproveOnce(values, weights, most, codes, ref cross, ref square)) break;
        }
        return square > 0 ? cross / square : 0;
    }

    /// <summary>
    /// Signed codes −<paramref name="half"/> … <paramref name="half"/>−1, stored with <paramref name="half"/> added: the grid of the
    /// extreme, then up to five passes that change one code at a time while (Σwxl)² / Σwl² rises, with w = x².
    /// </summary>
    public static float SymmetricByPasses(ReadOnlySpan<float> values, int half, Span<byte> codes)
    {
        codes.Clear();
        var extreme = SignedExtreme(values);
        if (MathF.Abs(extreme) < Zero) return 0;
        Span<int> signed = stackalloc int[values.Length];
        var (cross, square) = (0f, 0f);
        for (var i = 0; i < values.Length; i++)
        {
            signed[i] = Code(-half / extreme * values[i], -half, half - 1);
            var weight = values[i] * values[i];
            cross += weight * values[i] * signed[i];
            square += weight * signed[i] * signed[i];
        }
        for (var pass = 0; pass < 5; pass++)
        {
            if (!ImproveSigned(values, half, signed, ref cross, ref square)) break;
        }
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)(signed[i] + half);
        return square > 0 ? cross / square : 0;
    }

    private static bool ImproveSigned(ReadOnlySpan<float> values, int half, Span<int> codes, ref float cross, ref float square)
    {
        var changed = false;
        for (var i = 0; i < values.Length; i++)
        {
            var weight = values[i] * values[i];
            var otherCross = cross - weight * values[i] * codes[i];
            if (otherCross <= 0) continue;
            var otherSquare = square - weight * codes[i] * codes[i];
            var code = Code(values[i] * otherSquare / otherCross, -half, half - 1);
            if (code == codes[i]) continue;
            otherCross += weight * values[i] * code;
            otherSquare += weight * code * code;
            if (otherSquare <= 0 || otherCross * otherCross * square <= cross * cross * otherSquare) continue;
            codes[i] = code;
            (cross, square, changed) = (otherCross, otherSquare, true);
        }
        return changed;
    }

    private static (float Cross, float Square) SymmetricSums(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int half, float grid)
    {
        var (cross, square) = (0f, 0f);
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var code = Code(grid * value, -half, half - 1);
            var weight = weights.IsEmpty ? value * value : weights[i];
            cross += weight * value * code;
            square += weight * code * code;
        }
        return (cross, square);
    }

    private static void Round(ReadOnlySpan<float> values, float origin, float grid, int most, Span<byte> codes)
    {
        for (var i = 0; i < values.Length; i++) codes[i] = (byte)Code(grid * (values[i] - origin), 0, most);
    }

    private static float Error(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, ReadOnlySpan<byte> codes, float scale, float low, bool absolute)
    {
        var error = 0f;
        for (var i = 0; i < values.Length; i++)
        {
            var difference = scale * codes[i] + low - values[i];
            error += weights[i] * (absolute ? MathF.Abs(difference) : difference * difference);
        }
        return error;
    }

    private static (float Scale, float Low)? SolveWithMinimum(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, ReadOnlySpan<byte> codes, float weightSum, float valueSum)
    {
        var (linear, square, cross) = (0f, 0f, 0f);
        for (var i = 0; i < values.Length; i++)
        {
            float code = codes[i];
            linear += weights[i] * code;
            square += weights[i] * code * code;
            cross += weights[i] * code * values[i];
        }
        var determinant = weightSum * square - linear * linear;
        if (determinant <= 0) return null;
        var low = (square * valueSum - linear * cross) / determinant;
        return low > 0
            ? (cross / square, 0)
            : ((weightSum * cross - valueSum * linear) / determinant, low);
    }

    private static float BestPositiveGrid(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int most, float high)
    {
        var best = float.PositiveInfinity;
        var chosen = 0f;
        foreach (var t in (ReadOnlySpan<int>)[0, -4, -3, -2, -1, 1, 2, 3, 4])
        {
            var grid = (0.1f * t + most) / high;
            var scale = 1 / grid;
            var error = 0f;
            for (var i = 0; i < values.Length; i++)
            {
                var difference = values[i] - scale * Code(grid * values[i], 0, most);
                error += weights[i] * difference * difference;
            }
            if (error >= best) continue;
            (best, chosen) = (error, grid);
        }
        return chosen;
    }

    private static bool ImproveOnce(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int most, Span<byte> codes, ref float cross, ref float square)
    {
        var changed = false;
        for (var i = 0; i < values.Length; i++)
        {
            var otherCross = cross - weights[i] * values[i] * codes[i];
            var otherSquare = square - weights[i] * codes[i] * codes[i];
            if (otherCross <= 0 || otherSquare <= 0) continue;
            var code = Code(values[i] * otherSquare / otherCross, 0, most);
            if (code == codes[i]) continue;
            otherCross += weights[i] * values[i] * code;
            otherSquare += weights[i] * code * code;
            if (otherCross * otherCross * square <= cross * cross * otherSquare) continue;
            codes[i] = (byte)code;
            (cross, square, changed) = (otherCross, otherSquare, true);
        }
        return changed;
    }
}
