namespace Geobuk.Inference.Tests;

public class DecodeThreadsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(16, 4)]
    [InlineData(12, 3)]
    public void Add_OfStepsThatStopGainingAtANumber_SettlesThere(int threads, int saturated)
    {
        var choice = new DecodeThreads(threads);
        for (var i = 0; i < 100; i++) choice.Add(1.0 / Math.Min(choice.Current, saturated));
        Assert.True(choice.IsSettled);
        Assert.Equal(saturated, choice.Current);
    }

    [Fact]
    public void Add_OfStepsThatManyThreadsMakeSlower_TakesOne()
    {
        var choice = new DecodeThreads(8);
        for (var i = 0; i < 100; i++) choice.Add(1 + 0.3 * choice.Current);
        Assert.Equal(1, choice.Current);
    }

    [Fact]
    public void Add_OfOneSlowStep_IsNotMisled()
    {
        var choice = new DecodeThreads(4);
        for (var i = 0; i < 100; i++) choice.Add(i % 3 == 0 ? 50 : 1.0 / choice.Current);
        Assert.Equal(4, choice.Current);
    }
}
