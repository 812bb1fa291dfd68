namespace Geobuk.Evaluation.Statistics;

/// <summary>
/// Exact McNemar test of two models on the same items. Only the items that one model answers and the other does not
/// speak; under "no difference" each falls either way with probability ½, so
/// p = min(1, 2 P(X ≤ min(lost, gained))), X ~ Binomial(lost + gained, ½).
/// The mid-p value counts half of the observed outcome and is less conservative for small counts.
/// </summary>
/// <param name="Lost">Items that the first model answers and the second does not.</param>
/// <param name="Gained">Items that the second model answers and the first does not.</param>
/// <param name="P">Exact two-sided p value.</param>
/// <param name="MidP">Mid-p value.</param>
public sealed record McNemarTest(int Lost, int Gained, double P, double MidP)
{
    /// <summary>Tests the two counts of discordant items.</summary>
    public static McNemarTest Of(int lost, int gained)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lost);
        ArgumentOutOfRangeException.ThrowIfNegative(gained);
        var trials = lost + gained;
        if (trials == 0) return new McNemarTest(0, 0, 1, 1);
        var few = Math.Min(lost, gained);
        var (tail, last) = LowerTail(trials, few);
        return new McNemarTest(lost, gained, Math.Min(1, 2 * tail), Math.Min(1, 2 * tail - last));
    }

    /// <summary>P(X ≤ k) and P(X = k), summed in logarithms so that thousands of items do not underflow.</summary>
    private static (double Tail, double Last) LowerTail(int trials, int k)
    {
        var logTerm = -trials * Math.Log(2);
        var tail = Math.Exp(logTerm);
        for (var i = 1; i <= k; i++)
        {
            logTerm += Math.Log(trials - i + 1.0) - Math.Log(i);
            tail += Math.Exp(logTerm);
        }
        return (tail, Math.Exp(logTerm));
    }
}
