namespace Geobuk.Models.Quantization;

/// <summary>
/// The values that a super-block can take: x = d · scale · level[code] − dmin · minimum, with integer scale and minimum per group.
/// </summary>
/// <param name="GroupSize">Elements that share a scale and a minimum.</param>
/// <param name="LowestScale">Least scale code.</param>
/// <param name="HighestScale">Greatest scale code.</param>
/// <param name="HighestMinimum">Greatest minimum; 0 where there is none.</param>
/// <param name="Levels">What each code of an element stands for, rising.</param>
public sealed record GridShape(int GroupSize, int LowestScale, int HighestScale, int HighestMinimum, float[] Levels)
{
    /// <summary>Levels that are one apart.</summary>
    public static float[] Even(int first, int count) => [.. Enumerable.Range(first, count).Select(level => (float)level)];

    /// <summary>The code whose level is nearest to a value in units of d · scale.</summary>
    public int Nearest(float value)
    {
        var last = Levels.Length - 1;
        if (Levels[last] - Levels[0] == last)
        {
            var code = MathF.Round(value - Levels[0]);
            return code >= last ? last : code > 0 ? (int)code : 0;
        }
        return UnevenTable.Nearest(value);
    }
}
