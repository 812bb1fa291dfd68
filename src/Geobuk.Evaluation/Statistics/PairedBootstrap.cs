namespace Geobuk.Evaluation.Statistics;

/// <summary>
/// Percentile bootstrap of a paired difference, Efron 1979: units are drawn with replacement, and
/// Σ(second − first) / Σ weight is taken of every draw. Units, not tokens, are drawn, because tokens of one document
/// are not independent. Seeded: the same input gives the same bounds on every machine.
/// </summary>
public static class PairedBootstrap
{
    /// <summary>Interval of the weighted mean difference.</summary>
    /// <param name="units">At least one unit; the weights must not all be zero.</param>
    /// <param name="resamples">Draws; 10,000 holds the bounds to about two digits.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="confidence">Coverage, 0.95 for 95 %.</param>
    public static DifferenceInterval Difference(
        IReadOnlyList<PairedUnit> units, int resamples = 10_000, ulong seed = 17, double confidence = 0.95)
    {
        if (units.Count == 0) throw new ArgumentException("A bootstrap needs at least one unit.", nameof(units));
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        var drawn = new PairedUnit[units.Count];
        for (var i = 0; i < drawn.Length; i++) drawn[i] = units[i];
        var observed = Ratio(drawn.Sum(u => u.Second - u.First), drawn.Sum(u => u.Weight));
        var differences = new double[resamples];
        var state = seed;
        for (var draw = 0; draw < resamples; draw++)
        {
            double weight = 0, difference = 0;
            for (var i = 0; i < drawn.Length; i++)
            {
                ref readonly var unit = ref drawn[Next(ref state, (uint)drawn.Length)];
                weight += unit.Weight;
                difference += unit.Second - unit.First;
            }
            differences[draw] = Ratio(difference, weight);
        }
        Array.Sort(differences);
        var tail = (1 - confidence) / 2;
        return new DifferenceInterval(observed, Percentiles.Of(differences, tail), Percentiles.Of(differences, 1 - tail));
    }

    private static double Ratio(double sum, double weight) => weight > 0 ? sum / weight : 0;

    /// <summary>SplitMix64 (Steele et al. 2014), reduced to the range by multiplication (Lemire 2019).</summary>
    private static uint Next(ref ulong state, uint range)
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15;
            var mixed = state;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            mixed ^= mixed >> 31;
            return (uint)(((mixed >> 32) * range) >> 32);
        }
    }
}
