namespace Geobuk.Evaluation.Statistics;

/// <summary>
/// Whether a model is no worse than another by more than a margin that was stated before (Piaggio et al. 2012): it is where the
/// whole confidence interval of its difference lies on the good side of the margin, it is not where all of it lies on the bad
/// side, and else the data do not tell.
/// </summary>
/// <param name="Margin">The loss that would still be accepted.</param>
/// <param name="Worst">The interval's bound on the bad side, as a loss.</param>
/// <param name="Best">The interval's bound on the good side, as a loss.</param>
public sealed record NonInferiority(double Margin, double Worst, double Best)
{
    /// <summary>non-inferior, inferior or inconclusive.</summary>
    public string Verdict => Worst < Margin ? "non-inferior" : Best > Margin ? "inferior" : "inconclusive";

    /// <summary>Of a score's difference: second minus first, more is better.</summary>
    public static NonInferiority OfScores(DifferenceInterval difference, double margin) => new(margin, -difference.Low, -difference.High);

    /// <summary>Of perplexities' ratio: second by first, less is better; a margin of 0.02 accepts 2 % more.</summary>
    public static NonInferiority OfPerplexities(DifferenceInterval ratio, double margin) => new(margin, ratio.High - 1, ratio.Low - 1);
}
