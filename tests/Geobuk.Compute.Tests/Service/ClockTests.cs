using Geobuk.Compute.Jobs;

namespace Geobuk.Compute.Tests.Service;

/// <summary>A machine's clock that is set.</summary>
public sealed class ClockTests
{
    [Fact]
    public void Clock_ThatJumpsBack_NeitherCountsNegativeTimeNorStops()
    {
        var time = new JumpingTime();
        using var service = new TestService(time: time);
        var job = service.Submit("sleep 0.2");
        service.Until(job.Id, job => job.Phase == JobPhase.Running);
        time.Offset = TimeSpan.FromDays(-400);

        service.Until(job.Id, job => job.Phase == JobPhase.Done);

        Assert.True(service.Store.Ledger()[0].Allocated >= 0);
    }

    [Fact]
    public void Clock_ThatJumpsForward_CountsNoTimeThatDidNotPass()
    {
        var time = new JumpingTime();
        using var service = new TestService(time: time);
        var job = service.Submit("sleep 0.2", request => request with { MaxRunSeconds = 3600 });
        service.Until(job.Id, job => job.Phase == JobPhase.Running);
        time.Offset = TimeSpan.FromDays(400);

        service.Until(job.Id, job => job.Phase == JobPhase.Done);

        Assert.True(service.Store.Ledger()[0].Allocated < 3600);
    }

    [Fact]
    public void Clock_SetBackWhileTheServiceWasAway_GoesOnFromTheLatestTimeWrittenDown()
    {
        var time = new JumpingTime();
        using var service = new TestService(time: time);
        service.Until(service.Submit("true").Id, job => job.IsOver);
        var at = service.Store.Ledger()[0].At;

        time.Offset = TimeSpan.FromDays(-400);
        service.Restart();
        service.Until(service.Submit("true").Id, job => job.IsOver);

        Assert.True(service.Store.Ledger()[1].At >= at);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(-400)]
    public void Clock_SetWhileTheServiceWasAwayAndAJobRan_CountsWhatTrulyPassed(int days)
    {
        var time = new JumpingTime();
        using var service = new TestService(time: time);
        // Long enough to outlast the restart on a busy machine: of what ends while nobody looks no one can tell how long it took.
        var job = service.Submit("echo up; sleep 4");
        // Begun, and not only started: else the service rightly says that it never did.
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);
        time.Offset = TimeSpan.FromDays(days);

        service.Restart();
        service.Until(job.Id, job => job.Phase == JobPhase.Done);

        Assert.InRange(service.Store.Ledger()[0].Allocated, 0.5, 3600);
        Assert.Contains("it was set by", service.Store.AuditLog(10).Single(entry => entry.Action == "clock").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Clock_SetForwardWhileNothingRan_IsBelieved()
    {
        var time = new JumpingTime();
        using var service = new TestService(time: time);
        service.Until(service.Submit("true").Id, job => job.IsOver);
        time.Offset = TimeSpan.FromDays(400);

        service.Restart();

        Assert.InRange(service.Service.Now, time.GetUtcNow().ToUnixTimeSeconds() - 600, time.GetUtcNow().ToUnixTimeSeconds() + 600);
        Assert.DoesNotContain(service.Store.AuditLog(10), entry => entry.Action == "clock");
    }

    private sealed class JumpingTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
