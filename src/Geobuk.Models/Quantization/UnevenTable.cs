namespace Geobuk.Models.Quantization;

/// <summary>
/// The sixteen levels of IQ4_NL and IQ4_XS, denser near zero as weights are, and the fit of a scale to them: 16 grids around
/// −127 / extreme, each solved for the scale by weighted least squares.
/// </summary>
internal static class UnevenTable
{
    private const int Tries = 7;

    public static ReadOnlySpan<sbyte> Levels => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Index of the level nearest to a value; of two at the same distance the higher.</summary>
    public static byte Nearest(float value)
    {
        if (value <= Levels[0]) return 0;
        if (value >= Levels[15]) return 15;
        var (low, high) = (0, 15);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (value < Levels[middle]) high = middle;
            else low = middle;
        }
        return (byte)(value - Levels[high - 1] < Levels[high] - value ? high - 1 : high);
    }

    /// <summary>The scale of 32 values; without importance the weights are their squares.</summary>
    /// <param name="values">32 values.</param>
    /// <param name="importance">32 weights, or empty.</param>
    /// <param name="variance">In the weights: importance · √(variance + x²).</param>
    public static float Scale(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float variance)
    {
        Span<float> weights = stackalloc float[32];
        if (!importance.IsEmpty) ScaleFit.Weigh(values, importance, variance, weights);
        else for (var i = 0; i < 32; i++) weights[i] = values[i] * values[i];
        var extreme = ScaleFit.SignedExtreme(values);
        if (MathF.Abs(extreme) < ScaleFit.Zero) return 0;
        var (cross, square) = Sums(values, weights, 1 / (-extreme / Levels[0]));
        var scale = square > 0 ? cross / square : 0;
        var best = scale * cross;
        for (var t = -Tries; t <= Tries; t++)
        {
            (cross, square) = Sums(values, weights, (t + Levels[0]) / extreme);
            if (square <= 0 || cross * cross <= best * square) continue;
            scale = cross / square;
            best = scale * cross;
        }
        return scale;
    }

    /// <summary>Indices of 32 values under a scale.</summary>
    public static void Encode(ReadOnlySpan<float> values, float scale, Span<byte> codes)
    {
        var inverse = scale != 0 ? 1 / scale : 0;
        for (var i = 0; i < 32; i++) codes[i] = Nearest(inverse * values[i]);
    }

    private static (float Cross, float Square) Sums(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, float grid)
    {
        var (cross, square) = (0f, 0f);
        for (var i = 0; i < 32; i++)
        {
            float level = Levels[Nearest(grid * values[i])];
            cross += weights[i] * level * values[i];
            square += weights[i] * level * level;
        }
        return (cross, square);
    }
}
