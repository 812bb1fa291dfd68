using Geobuk.Cli.Terminal;
using Geobuk.Recipes;

namespace Geobuk.EndToEnd.Tests.Terminal;

public sealed class RateMeterTests
{
    [Fact]
    public void Describe_SteadyWork_GivesRateAndTimeLeft()
    {
        var meter = new RateMeter();
        for (var second = 0; second <= 10; second++)
            meter.Add(new StepReport("training", 100 + 10 * second, 400, "steps") { Figures = new Dictionary<string, double> { ["loss"] = 2.345678 } }, TimeSpan.FromSeconds(second));

        Assert.Equal("200/400 steps  10 steps/s  20 s left  loss 2.35", meter.Describe());
    }

    [Fact]
    public void Describe_FirstReportOfAResumedStep_ClaimsNoRate()
    {
        var meter = new RateMeter();
        meter.Add(new StepReport("training", 500, 1000, "steps"), TimeSpan.FromSeconds(3));

        Assert.Equal("500/1,000 steps", meter.Describe());
    }

    [Fact]
    public void Describe_UnknownTotal_GivesTheRateOnly()
    {
        var meter = new RateMeter();
        meter.Add(new StepReport("reading", 0, null, "documents"), TimeSpan.Zero);
        meter.Add(new StepReport("reading", 5000, null, "documents"), TimeSpan.FromSeconds(2));

        Assert.Equal("5,000 documents  2,500 documents/s", meter.Describe());
    }

    [Fact]
    public void Left_AfterTheSpeedChanges_FollowsTheRecentSpeed()
    {
        var meter = new RateMeter();
        for (var second = 0; second <= 100; second++) meter.Add(new StepReport("a", second, 1000, "x"), TimeSpan.FromSeconds(second));
        for (var second = 1; second <= 30; second++) meter.Add(new StepReport("a", 100 + 10 * second, 1000, "x"), TimeSpan.FromSeconds(100 + second));

        Assert.Equal(10, meter.PerSecond!.Value, 3);
        Assert.Equal(60, meter.Left!.Value.TotalSeconds, 3);
    }

    [Theory]
    [InlineData(3.21, "3.2 s")]
    [InlineData(42, "42 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(7500, "2 h 5 min")]
    public void Duration_Seconds_ReadsLikeSpeech(double seconds, string expected) => Assert.Equal(expected, RateMeter.Duration(TimeSpan.FromSeconds(seconds)));
}
