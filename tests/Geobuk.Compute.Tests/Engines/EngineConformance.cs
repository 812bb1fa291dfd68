using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>What every engine must do, seen through the service. One class per engine runs all of it.</summary>
public abstract class EngineConformance
{
    /// <summary>Pools of two nodes with eight devices each.</summary>
    protected abstract ComputeConfig Config { get; }

    protected abstract IComputeEngine Engine(string root);

    private TestService Open() => new(Config, Engine);

    [SkippableFact]
    public void Submit_RunsAndReturnsExitCodeLogAndArtifacts()
    {
        using var service = Open();
        var job = service.Submit("echo words; echo result > artifact; exit 0");

        service.Until(job.Id, job => job.Phase == JobPhase.Done);

        Assert.Equal("words\n", service.Log(job.Id));
        Assert.Equal("result\n", File.ReadAllText(Path.Combine(service.Folder, "jobs", "1", "work", "artifact")));
    }

    [SkippableFact]
    public void Failure_IsToldWithItsExitCode()
    {
        using var service = Open();

        Assert.Equal(9, service.Until(service.Submit("exit 9").Id, job => job.IsOver).ExitCode);
    }

    [SkippableFact]
    public void Gang_RunsAllWorkersOnTheirNodes()
    {
        using var service = Open();

        var job = service.Submit("echo $GEOBUK_WORKER of $GEOBUK_WORKERS on $GEOBUK_NODE", request => request with { Workers = 4, Devices = 4 });
        service.Until(job.Id, job => job.Phase == JobPhase.Done);

        var lines = service.Log(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order().ToArray();
        Assert.Equal(["0", "1", "2", "3"], lines.Select(line => line.Split(' ')[0]));
        Assert.Equal(2, lines.Select(line => line.Split(' ')[^1]).Distinct().Count());
    }

    [SkippableFact]
    public void Gang_OfUnequalParts_RunsWhereItWasPlaced()
    {
        using var service = Open();

        var job = service.Submit("echo $GEOBUK_NODE; sleep 1", request => request with { Workers = 5, Devices = 2 });
        var placed = service.Until(job.Id, job => job.Phase == JobPhase.Running).Nodes;
        service.Until(job.Id, job => job.Phase == JobPhase.Done);

        Assert.Equal(placed.Select(node => node.Split('/')[1]).Order(), service.Log(job.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).GroupBy(node => node).Select(node => $"{node.Key}:{node.Count() * 2}").Order());
    }

    [SkippableFact]
    public void Command_ReachesItsShellAsItWasWritten()
    {
        using var service = Open();
        var job = service.Submit("test $$ -gt 1 && echo '$(GEOBUK_JOB) $$' $(echo two; echo \"words\") \"a  b\" 한글");

        service.Until(job.Id, job => job.IsOver);

        Assert.Equal("$(GEOBUK_JOB) $$ two words a  b 한글\n", service.Log(job.Id));
    }

    [SkippableFact]
    public void Cancel_EndsIt()
    {
        using var service = Open();
        var job = service.Submit("echo up; sleep 600");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        service.Service.Cancel(job.Id, TestService.Operator);

        Assert.Equal(JobPhase.Cancelled, service.Until(job.Id, job => job.IsOver).Phase);
    }

    [SkippableFact]
    public void Cancel_OfOneThatWillNotLeave_EndsItOnlyWhenNothingOfItRuns()
    {
        using var service = Open();
        var job = service.Submit("trap '' TERM; echo up; while :; do sleep 0.1; done");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        service.Service.Cancel(job.Id, TestService.Operator);
        service.Until(job.Id, job => job.IsOver);

        Assert.False(JobProcesses.Any(service.Folder), "it is over and still runs");
    }

    [SkippableFact]
    public void Preemption_HandsOverAfterTheCheckpoint_AndTheLogGoesOn()
    {
        using var service = Open();
        var victim = service.Submit("trap 'echo saved; exit 75' TERM; echo attempt $GEOBUK_ATTEMPT; test $GEOBUK_ATTEMPT = 2 && exit 0; while :; do sleep 0.05; done", request => request with { Devices = 8, Workers = 2, Priority = 10, Preemptible = true });
        service.Until(victim.Id, _ => service.Log(victim.Id).Split("attempt 1").Length == 3);

        var urgent = service.Submit("echo urgent", request => request with { Devices = 8, Workers = 2, Priority = 90 });
        service.Until(urgent.Id, job => job.Started is not null);
        var job = service.Until(victim.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2), (job.Phase, job.Attempt));
        Assert.Equal(["attempt 1", "attempt 1", "attempt 2", "attempt 2", "saved", "saved"], service.Log(victim.Id).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
    }

    [SkippableFact]
    public void ProcessesGone_AreNoticedAndTheJobStartsAgain()
    {
        using var service = Open();
        var job = service.Submit("echo attempt $GEOBUK_ATTEMPT; test $GEOBUK_ATTEMPT = 2 && exit 0; sleep 600", request => request with { Retries = 1 });
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        JobProcesses.Kill(service.Folder);
        var over = service.Until(job.Id, job => job.IsOver, 60);

        Assert.Equal((JobPhase.Done, 2), (over.Phase, over.Attempt));
    }

    [SkippableFact]
    public void ServiceRestarted_FindsItsJob()
    {
        using var service = Open();
        var job = service.Submit("echo once; while [ ! -e go ]; do sleep 0.05; done");
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        service.Restart();
        File.WriteAllText(Path.Combine(service.Folder, "jobs", "1", "work", "go"), "");
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 1), (over.Phase, over.Attempt));
        Assert.Equal("once\n", service.Log(job.Id));
    }
}
