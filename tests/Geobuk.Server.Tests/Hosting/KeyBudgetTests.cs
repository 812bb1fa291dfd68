using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Hosting;

public sealed class KeyBudgetTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void TryTake_RequestsUsedUp_SaysWhenTheNextIsThere()
    {
        var budget = new KeyBudget(new ApiKey("a", ApiRole.User) { RequestsPerMinute = 2 }, _clock);
        Assert.Null(budget.TryTake(1));
        Assert.Null(budget.TryTake(1));
        Assert.Equal(("2 requests a minute", 30), budget.TryTake(1));
        _clock.Now += TimeSpan.FromSeconds(31);
        Assert.Null(budget.TryTake(1));
    }

    [Fact]
    public void TryTake_TokensUsedUp_ComesBackWithWhatWasNotUsed()
    {
        var budget = new KeyBudget(new ApiKey("a", ApiRole.User) { TokensPerMinute = 100 }, _clock);
        Assert.Null(budget.TryTake(80));
        Assert.Equal(("100 tokens a minute", 24), budget.TryTake(60));
        budget.Return(50);
        Assert.Null(budget.TryTake(60));
        _clock.Now += TimeSpan.FromMinutes(10);
        // A minute's worth at most is saved up; a larger request empties the bucket for longer.
        Assert.Null(budget.TryTake(500));
        Assert.Equal(("100 tokens a minute", 246), budget.TryTake(10));
    }

    [Fact]
    public void TryTake_TooManyAtOnce_WaitsForOneToEnd()
    {
        var budget = new KeyBudget(new ApiKey("a", ApiRole.User) { Concurrent = 1 }, _clock);
        Assert.Null(budget.TryTake(1));
        Assert.Equal("1 requests at the same time", budget.TryTake(1)?.Limit);
        budget.Return(0);
        Assert.Null(budget.TryTake(1));
    }
}
