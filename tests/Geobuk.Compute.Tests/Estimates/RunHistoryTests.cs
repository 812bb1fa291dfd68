using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;

namespace Geobuk.Compute.Tests.Estimates;

public sealed class RunHistoryTests
{
    [Fact]
    public void Rank_ShortOrVeryLong_GoesBehindOneThatIsSurelyShort()
    {
        var history = new RunHistory();
        for (var i = 0; i < 20; i++)
        {
            History(history, "either", i % 2 == 0 ? 100 : 1_000_000);
            History(history, "short", 300);
        }

        // The first chance to finish costs 200 s of the one and 300 s of the other; what is left of the one is 10,000 s in the geometric mean.
        Assert.InRange(history.Rank("either", history.Submit("either", 0), 0), 1200, 1500);
        Assert.InRange(history.Rank("short", history.Submit("short", 0), 0), 290, 310);
    }

    [Fact]
    public void Rank_TwoSubmittedTogether_FollowsTheOneThatIsFurther()
    {
        var (history, far, near) = Pair();

        Assert.True(history.Rank("a", far, 0) < history.Rank("a", near, 0));
    }

    [Fact]
    public void Rank_TheOneThatWasFurtherLeftWithoutAnEnd_LeadsItself()
    {
        var (history, far, near) = Pair();
        var behind = history.Rank("a", near, 0);
        var job = new JobState(new JobSpec { Id = 1, Tenant = "t", DevicesPerWorker = 1, RunClass = "a" }, 0) { Run = far };

        new JobScheduler(Policies.Of(Policies.Default), history).Learn(job, null);

        Assert.True(history.Rank("a", near, 0) < 0.5 * behind);
    }

    [Fact]
    public void Rank_OneHasHadManyTimesAsMuch_IsOfAnotherKind()
    {
        var (history, far, near) = Pair();
        var behind = history.Rank("a", near, 0);

        far.Seconds = 5 * near.Seconds;

        Assert.True(history.Rank("a", near, 0) < 0.5 * behind);
    }

    /// <summary>Two that have had 4 and 3 hours, submitted together, of a class in which whoever has had more is likely to need much more.</summary>
    private static (RunHistory History, PastRun Far, PastRun Near) Pair()
    {
        var history = new RunHistory();
        for (var i = 0; i < 40; i++) History(history, "a", 1000 * Math.Pow(1.3, i));
        var (far, near) = (history.Submit("a", 0), history.Submit("a", 0));
        (far.Seconds, near.Seconds) = (4 * 3600, 3 * 3600);
        return (history, far, near);
    }

    private static void History(RunHistory history, string runClass, double seconds) => history.End(runClass, history.Submit(runClass, 0), seconds);
}
