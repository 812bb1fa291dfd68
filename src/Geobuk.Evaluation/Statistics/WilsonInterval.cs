namespace Geobuk.Evaluation.Statistics;

/// <summary>
/// Score interval of a binomial share, Wilson 1927:
/// (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).
/// Unlike the normal interval it keeps its coverage near 0 and 1 and never leaves [0, 1].
/// </summary>
public static class WilsonInterval
{
    /// <summary>Two-sided 95 % quantile of the standard normal distribution.</summary>
    public const double Z95 = 1.959963984540054;

    /// <summary>Interval of <paramref name="successes"/> out of <paramref name="trials"/>; [0, 1] where nothing was tried.</summary>
    public static ScoreInterval Of(int successes, int trials, double z = Z95)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        if (trials == 0) return new ScoreInterval(0, 0, 0, 1);
        var share = (double)successes / trials;
        var square = z * z / trials;
        var centre = share + square / 2;
        var spread = Math.Sqrt(square * (share * (1 - share) + square / 4));
        // The bounds at the ends are exact; rounding would leave 1e-17 there.
        var low = successes == 0 ? 0 : (centre - spread) / (1 + square);
        var high = successes == trials ? 1 : (centre + spread) / (1 + square);
        return new ScoreInterval(trials, share, low, high);
    }
}
