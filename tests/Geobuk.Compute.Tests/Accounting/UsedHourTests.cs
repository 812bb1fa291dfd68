using Geobuk.Compute.Accounting;

namespace Geobuk.Compute.Tests.Accounting;

public sealed class UsedHourTests
{
    private const double Hour = 3600;

    [Fact]
    public void StartOfManyHours_StandsInEachOfThem()
    {
        // 8 devices for 30 hours from half past two on: 6 hours idle, 3 saving, the rest kept.
        var use = new AttemptUse(8, 30 * Hour, 3 * Hour, 6 * Hour, ReleaseCause.Checkpointed).Enter(Entry(32.5 * Hour));

        var hours = UsedHour.Of(48, 40 * Hour, [use], []);

        Assert.Equal(Enumerable.Range(2, 31).Select(hour => hour * Hour), hours.Select(hour => hour.At));
        Assert.Equal([4 * Hour, 8 * Hour, 8 * Hour, 4 * Hour], new[] { hours[0], hours[1], hours[^2], hours[^1] }.Select(All));
        Assert.Equal((240 * Hour, 48 * Hour, 24 * Hour), (hours.Sum(All), hours.Sum(hour => hour.Idle), hours.Sum(hour => hour.Checkpointing)));
    }

    [Fact]
    public void WhatBeganBeforeTheFirstHour_CountsFromThereOn()
    {
        var use = new AttemptUse(2, 10 * Hour, 0, 0, ReleaseCause.Done).Enter(Entry(42 * Hour));

        var hours = UsedHour.Of(4, 43.5 * Hour, [use], []);

        Assert.Equal([(40 * Hour, 2 * Hour), (41 * Hour, 2 * Hour)], hours.Select(hour => (hour.At, hour.Busy)));
    }

    [Fact]
    public void WhatStillRuns_CountsUpToNow()
    {
        var lost = new AttemptUse(1, 0.5 * Hour, 0, 0, ReleaseCause.Failed).Enter(Entry(9.5 * Hour));

        var hours = UsedHour.Of(48, 10.25 * Hour, [lost], [(4, 8 * Hour), (1, 10 * Hour)]);

        Assert.Equal([(8 * Hour, 0.0, 4 * Hour), (9 * Hour, 0.5 * Hour, 4 * Hour), (10 * Hour, 0.0, 1.25 * Hour)], hours.Select(hour => (hour.At, hour.Lost, hour.Running)));
    }

    private static double All(UsedHour hour) => hour.Busy + hour.Idle + hour.Lost + hour.Checkpointing + hour.Running;

    private static LedgerEntry Entry(double at) => new() { At = at, Job = 1, Attempt = 1, Tenant = "a", Pool = "p" };
}
