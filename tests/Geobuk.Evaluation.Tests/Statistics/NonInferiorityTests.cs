using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Tests.Statistics;

public class NonInferiorityTests
{
    [Theory]
    [InlineData(-0.010, 0.010, "non-inferior")]
    [InlineData(-0.019, -0.001, "non-inferior")]
    [InlineData(-0.030, 0.010, "inconclusive")]
    [InlineData(-0.020, 0.010, "inconclusive")]
    [InlineData(-0.060, -0.030, "inferior")]
    public void OfScores_Interval_IsHeldAgainstTheMargin(double low, double high, string verdict) =>
        Assert.Equal(verdict, NonInferiority.OfScores(new DifferenceInterval((low + high) / 2, low, high), 0.02).Verdict);

    [Theory]
    [InlineData(0.99, 1.01, "non-inferior")]
    [InlineData(1.01, 1.05, "inconclusive")]
    [InlineData(1.03, 1.05, "inferior")]
    public void OfPerplexities_Interval_IsHeldAgainstTheMargin(double low, double high, string verdict) =>
        Assert.Equal(verdict, NonInferiority.OfPerplexities(new DifferenceInterval((low + high) / 2, low, high), 0.02).Verdict);
}
