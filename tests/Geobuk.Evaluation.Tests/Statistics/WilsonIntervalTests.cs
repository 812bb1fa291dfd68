using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Tests.Statistics;

public class WilsonIntervalTests
{
    // The first four are the examples of Newcombe 1998, method 3; the last is 1 / (1 + z²/n).
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(29, 29, 0.8830, 1.0000)]
    public void Of_PublishedCounts_GivesPublishedBounds(int successes, int trials, double low, double high)
    {
        var interval = WilsonInterval.Of(successes, trials);
        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
        Assert.Equal((double)successes / trials, interval.Score, 12);
        Assert.Equal(trials, interval.N);
    }

    [Fact]
    public void Of_NothingTried_SaysNothing() => Assert.Equal(new ScoreInterval(0, 0, 0, 1), WilsonInterval.Of(0, 0));

    [Fact]
    public void Of_MoreSuccessesThanTrials_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WilsonInterval.Of(3, 2));
}
