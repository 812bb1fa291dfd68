using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Wording;
using Geobuk.Server.Pools;

namespace Geobuk.Server.Tests.Pools;

public sealed class WaitingReasonsTests
{
    private readonly SetTime _time = new();

    [Fact]
    public void Lists_OfALargeCluster_TakeATenthOfTheTimeAndFillUp()
    {
        var reasons = new WaitingReasons(_time);
        var looks = 0;
        int Known() => Enumerable.Range(1, 25).Count(job => reasons.Of(job, () =>
        {
            looks++;
            _time.Seconds += 0.05;
            return (new Explanation([], Statement.Quoted($"{job}")), 0, 0);
        })?.Why.Change?.ToString() == $"{job}");

        Assert.InRange(Known(), 4, 5);
        var before = looks;
        // Four lists that look every second and a half, for twelve seconds.
        for (var i = 0; i < 8; i++)
        {
            _time.Seconds += 1.5;
            for (var list = 0; list < 4; list++) Known();
        }

        Assert.InRange((looks - before) * 0.05 / 12, 0.08, 0.15);
        Assert.Equal(25, Known());
    }

    [Fact]
    public void Reason_OfASmallCluster_IsFoundAnewAfterThreeSeconds()
    {
        var reasons = new WaitingReasons(_time);
        string? Reason(string now) => reasons.Of(1, () => (new Explanation([], Statement.Quoted(now)), 0, 0))?.Why.Change?.ToString();

        Assert.Equal("a", Reason("a"));
        _time.Seconds += 2;
        Assert.Equal("a", Reason("b"));
        _time.Seconds += 2;
        Assert.Equal("b", Reason("b"));
    }

    private sealed class SetTime : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => (long)(Seconds * TimestampFrequency);
    }
}
