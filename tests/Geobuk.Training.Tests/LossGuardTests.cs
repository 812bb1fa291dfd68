namespace Geobuk.Training.Tests;

public sealed class LossGuardTests
{
    [Fact]
    public void Check_ASpike_IsSkippedAndNotRemembered()
    {
        var guard = new LossGuard(6, 3);
        for (var i = 0; i < 30; i++) Assert.Null(guard.Check(i, 3 + i % 2 * 0.1, 1));

        Assert.Contains("deviations above the mean", guard.Check(30, 9, 1));
        Assert.Null(guard.Check(31, 3.1, 1));
        Assert.Contains("deviations above the mean", guard.Check(32, 9, 1));
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(3, double.PositiveInfinity)]
    public void Check_WhatIsNoNumber_IsSkippedUntilTheLimit(double loss, double norm)
    {
        var guard = new LossGuard(null, 3);
        Assert.Contains("step 1: ", guard.Check(1, loss, norm));
        Assert.NotNull(guard.Check(2, loss, norm));

        var fault = Assert.Throws<InvalidOperationException>(() => guard.Check(3, loss, norm));
        Assert.Contains("skipped step 3 in a row", fault.Message);
    }

    [Fact]
    public void Restore_OfWhatWasSaved_DecidesTheSame()
    {
        var guard = new LossGuard(6, 2);
        for (var i = 0; i < 40; i++) guard.Check(i, 2 + i * 0.01, 1);
        Assert.NotNull(guard.Check(40, 50, 1));
        var again = new LossGuard(6, 2);
        again.Restore(guard.Save());

        Assert.Throws<InvalidOperationException>(() => again.Check(41, 50, 1));
    }
}
