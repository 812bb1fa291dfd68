namespace Geobuk.Evaluation.Statistics;

/// <summary>Order statistics with linear interpolation between ranks (type 7 of Hyndman and Fan 1996).</summary>
public static class Percentiles
{
    /// <summary>Value below which <paramref name="share"/> (0 to 1) of the sorted values lie.</summary>
    /// <param name="sorted">At least one value, ascending.</param>
    /// <param name="share">0 gives the smallest, 1 the largest.</param>
    public static double Of(ReadOnlySpan<double> sorted, double share)
    {
        if (sorted.IsEmpty) throw new ArgumentException("A percentile needs at least one value.", nameof(sorted));
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var rank = share * (sorted.Length - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }

    /// <summary>The middle value of unsorted <paramref name="values"/>.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return Of(sorted, 0.5);
    }
}
