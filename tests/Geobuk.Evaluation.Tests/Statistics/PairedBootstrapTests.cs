using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Tests.Statistics;

public class PairedBootstrapTests
{
    [Fact]
    public void Difference_ConstantDifference_HasNoWidth()
    {
        var units = Enumerable.Range(1, 40).Select(i => new PairedUnit(i, 2.0 * i, 2.5 * i)).ToList();
        var interval = PairedBootstrap.Difference(units);
        Assert.Equal(0.5, interval.Value, 12);
        Assert.Equal(0.5, interval.Low, 12);
        Assert.Equal(0.5, interval.High, 12);
        Assert.True(interval.IsClear);
    }

    [Fact]
    public void Difference_BernoulliFlips_MatchesNormalTheory()
    {
        // 300 questions, 20 lost and 5 gained: difference −0.05, standard error √((25/300 − 0.05²) / 300) = 0.01642.
        var units = Enumerable.Range(0, 300)
            .Select(i => i < 20 ? new PairedUnit(1, 1, 0) : i < 25 ? new PairedUnit(1, 0, 1) : new PairedUnit(1, 1, 1)).ToList();
        var interval = PairedBootstrap.Difference(units);
        Assert.Equal(-0.05, interval.Value, 12);
        Assert.InRange(interval.Low, -0.05 - 1.96 * 0.01642 - 0.004, -0.05 - 1.96 * 0.01642 + 0.004);
        Assert.InRange(interval.High, -0.05 + 1.96 * 0.01642 - 0.004, -0.05 + 1.96 * 0.01642 + 0.004);
    }

    [Fact]
    public void Difference_SameSeed_GivesSameBounds()
    {
        var units = Enumerable.Range(0, 50).Select(i => new PairedUnit(1, i % 3, i % 5)).ToList();
        Assert.Equal(PairedBootstrap.Difference(units, seed: 5), PairedBootstrap.Difference(units, seed: 5));
        Assert.NotEqual(PairedBootstrap.Difference(units, seed: 5), PairedBootstrap.Difference(units, seed: 6));
    }

    [Fact]
    public void Difference_NoUnits_Throws() => Assert.Throws<ArgumentException>(() => PairedBootstrap.Difference([]));
}
