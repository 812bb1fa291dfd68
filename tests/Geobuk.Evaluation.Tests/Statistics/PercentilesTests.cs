using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Tests.Statistics;

public class PercentilesTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.99, 3.97)]
    [InlineData(1, 4)]
    public void Of_FourValues_InterpolatesBetweenRanks(double share, double expected) =>
        Assert.Equal(expected, Percentiles.Of([1, 2, 3, 4], share), 12);

    [Fact]
    public void Of_NoValues_Throws() => Assert.Throws<ArgumentException>(() => Percentiles.Of([], 0.5));

    [Fact]
    public void Median_UnsortedOddCount_IsTheMiddle() => Assert.Equal(5, Percentiles.Median([9, 1, 5]));
}
