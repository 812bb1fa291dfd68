using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Recipes;

namespace Geobuk.Compute.Tests.Service;

/// <summary>What jobs report of their checkpoints, and who has to make room by it.</summary>
public sealed class CheckpointReportTests
{
    private const string Leaves = "trap 'exit 75' TERM; while :; do sleep 0.05; done";

    [Theory]
    [InlineData("""{"checkpoint_seconds": 90}""", """{"checkpoint_seconds": 2}""")]
    [InlineData("""{"checkpoint_seconds": 2, "start_seconds": 300}""", """{"checkpoint_seconds": 2, "start_seconds": 10}""")]
    [InlineData("""{"saves_when_asked": false, "saved_at": 5}""", """{"saves_when_asked": true, "saved_at": 5}""")]
    // It would be killed before it has saved.
    [InlineData("""{"step_seconds": 400, "checkpoint_seconds": 1, "saved_at": 5}""", """{"step_seconds": 1, "checkpoint_seconds": 1}""")]
    public void WhoLosesLeast_MakesRoom(string costly, string cheap)
    {
        foreach (var first in new[] { costly, cheap })
        {
            using var service = new TestService();
            var jobs = new[] { first, first == costly ? cheap : costly }.Select(report => service.Submit($"echo '{report}' > $GEOBUK_REPORT; {Leaves}", request => request with { Priority = 10, Preemptible = true })).ToList();
            foreach (var job in jobs) service.Until(job.Id, job => job.Checkpoints is not null);
            // What one that cannot save loses grows with time.
            Thread.Sleep(300);

            service.Until(service.Submit("sleep 1", request => request with { Priority = 90 }).Id, job => job.Started is not null);

            var expected = first == costly ? new[] { 0, 1 } : [1, 0];
            Assert.Equal(expected, jobs.Select(job => service.Job(job.Id).Preemptions));
        }
    }

    [Fact]
    public void WhoHadToBeKilledOnce_IsNotTakenForOneThatSaves()
    {
        using var service = new TestService(ComputeConfig.Local(2) with { CheckpointDeadlineSeconds = 0.3 });
        var deaf = service.Submit("trap '' TERM; echo up; while :; do sleep 0.05; done", request => request with { Priority = 10, Preemptible = true });
        service.Until(deaf.Id, _ => service.Log(deaf.Id).Length > 0);
        service.Until(service.Submit("true", request => request with { Priority = 90, Devices = 2 }).Id, job => job.IsOver);
        service.Until(deaf.Id, job => job is { Attempt: 2, Phase: JobPhase.Running });
        var saves = service.Submit(Leaves, request => request with { Priority = 10, Preemptible = true });
        service.Until(saves.Id, job => job.Started is not null);
        Thread.Sleep(300);

        service.Until(service.Submit("true", request => request with { Priority = 90 }).Id, job => job.IsOver);

        Assert.Equal((1, 1), (service.Job(deaf.Id).Preemptions, service.Job(saves.Id).Preemptions));
        Assert.Contains(service.Store.Ledger(), entry => entry.Job == deaf.Id && entry.LostToPreemption > 0);
    }

    [Fact]
    public void JobThatFailsAfterItSaved_HasLostOnlyWhatCameAfter()
    {
        using var service = new TestService();
        var job = service.Submit("sleep 1; echo '{\"saved_at\": '$(date +%s.%N)'}' > $GEOBUK_REPORT; sleep 1; exit 3", request => request with { Devices = 2 });
        service.Until(job.Id, job => job.IsOver);

        var entry = Assert.Single(service.Store.Ledger());
        Assert.InRange(entry.Busy / 2, 0.8, 1.2 + entry.Allocated / 2 - 2);
        Assert.InRange(entry.LostToFailure / 2, 0.8, entry.Allocated / 2 - 0.8);
        Assert.Equal(entry.Allocated, entry.Busy + entry.LostToFailure, 6);
    }

    [Theory]
    [InlineData("nonsense", "GEOBUK_REPORT: ")]
    [InlineData("""{"step_seconds": -1}""", "GEOBUK_REPORT: step_seconds is -1; expected seconds, 0 or more.")]
    [InlineData("null", "GEOBUK_REPORT: null; expected a JSON object.")]
    public void ReportThatIsNone_IsToldAndChangesNothing(string report, string words)
    {
        using var service = new TestService();
        var job = service.Submit($"echo '{report}' > $GEOBUK_REPORT; sleep 60");

        var told = service.Until(job.Id, job => job.Reason is not null);

        Assert.StartsWith(words, told.Reason?.ToString(), StringComparison.Ordinal);
        Assert.Equal((JobPhase.Running, null), (told.Phase, told.Checkpoints));
    }

    [Fact]
    public void Report_IsReadAsItWasWritten()
    {
        var file = Path.GetTempFileName();
        var report = new CheckpointReport { SavedAt = 1798000000.5, StepSeconds = 1.5, CheckpointSeconds = 12, StartSeconds = 3, SavesWhenAsked = false };
        report.Write(file);
        Assert.Equal(report, CheckpointReport.Read(File.ReadAllText(file)));
        File.Delete(file);
    }
}
