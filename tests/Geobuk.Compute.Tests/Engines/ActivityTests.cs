using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tests.Service;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>What counts as doing something, with a stand-in for nvidia-smi that says what a file tells it to.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ActivityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk gpu ").FullName;
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Idle_AllocationThatDoesNothing_IsWarnedAndThenHasToLeave()
    {
        using var service = Service();
        var job = service.Submit("trap 'exit 75' TERM; echo up; test $GEOBUK_ATTEMPT = 2 && exit 0; sleep 600 & wait");

        Assert.Contains("has done nothing for", service.Until(job.Id, job => job.Reason is not null).Reason?.ToString(), StringComparison.Ordinal);
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2, 1), (over.Phase, over.Attempt, over.Preemptions));
        Assert.True(service.Store.Ledger()[0].Idle > 0);
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
    }

    [Fact]
    public void Idle_CommandThatComputesAndPrintsNothing_IsLeftAlone()
    {
        using var service = Service();

        var over = service.Until(service.Submit("end=$(($(date +%s) + 8)); while [ $(date +%s) -lt $end ]; do i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; done").Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 1, null), (over.Phase, over.Attempt, over.Reason));
        Assert.Equal(0, service.Store.Ledger()[0].Idle);
    }

    [Fact]
    public void Idle_CommandThatPrintsWhileItsGpuRests_HasToLeave()
    {
        Say("0\n0");
        using var service = Service("h200");
        var job = service.Submit("trap 'exit 75' TERM; test $GEOBUK_ATTEMPT = 2 && exit 0; while :; do echo waiting; sleep 0.2; done");

        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2, 1), (over.Phase, over.Attempt, over.Preemptions));
        Assert.Contains("-i 0 --query-gpu=utilization.gpu", File.ReadAllText(Path.Combine(_folder, "asked")), StringComparison.Ordinal);
    }

    [Fact]
    public void Idle_CommandThatSleepsWhileOneOfItsGpusWorks_IsLeftAlone()
    {
        Say("0\n37");
        using var service = Service("h200");

        var over = service.Until(service.Submit("sleep 8").Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 1, null), (over.Phase, over.Attempt, over.Reason));
    }

    [Fact]
    public void Idle_DriverThatDoesNotTell_GoesByWhatTheCommandDoes()
    {
        Say("[N/A]");
        using var service = Service("h200");

        var over = service.Until(service.Submit("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 1; done").Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 1, null), (over.Phase, over.Attempt, over.Reason));
    }

    /// <summary>Who idles is told in time what it will cost, and afterwards what it did.</summary>
    [Theory]
    [InlineData(false, null, "it did not say that it checkpoints (--preemptible), and what it did in", true)]
    [InlineData(true, """{"saves_when_asked": false}""", "it does not save when asked, and what it did in", true)]
    [InlineData(true, """{"saved_at": 4000000000, "saves_when_asked": false}""", "it does not save when asked, and goes on from what it saved ", true)]
    [InlineData(true, null, "it is asked to checkpoint, and goes on later", false)]
    public void IdleJob_IsToldWhatLeavingCosts(bool preemptible, string? report, string warned, bool dies)
    {
        using var service = Service();
        var job = service.Submit((report is null ? "" : $"echo '{report}' > $GEOBUK_REPORT; ") + (dies ? "" : "trap 'exit 75' TERM; ") + "test $GEOBUK_ATTEMPT = 2 && exit 0; while :; do sleep 1; done", request => request with { Preemptible = preemptible });

        var reason = service.Until(job.Id, one => one.Reason is not null).Reason!.ToString();
        Assert.Contains("at 4 s it has to leave: " + warned, reason, StringComparison.Ordinal);
        var left = service.Until(job.Id, one => one.Phase == JobPhase.Pending);
        if (dies) Assert.Matches(@"^had to leave before it could checkpoint \(did nothing for \d+ s\), starts again; what it did in \d+ s is lost$", left.Reason!.ToString());
        else Assert.Equal("checkpointed, waits to go on", left.Reason!.ToString());
        Assert.Equal((JobPhase.Done, 2), (service.Until(job.Id, one => one.IsOver).Phase, service.Job(job.Id).Attempt));
    }

    [Fact]
    public void Devices_OnANodeOfCores_ShowNoGpu()
    {
        using var service = new TestService(ComputeConfig.Local(2), root => new ProcessEngine(root, () => { }, cores: new HashSet<string> { "this" }));

        var job = service.Until(service.Submit("echo \"[$CUDA_VISIBLE_DEVICES]\"").Id, job => job.IsOver);

        Assert.Equal("[]\n", service.Log(job.Id));
    }

    [Fact]
    public void Find_ADriverAndNone_GivesANodeOfGpusAndNothing()
    {
        Environment.SetEnvironmentVariable("PATH", "");
        Assert.Null(LocalGpus.Find("gpus", out var missing));
        Environment.SetEnvironmentVariable("PATH", _path);
        Say("NVIDIA H200\nNVIDIA H200");
        Assert.Equal(new NodeConfig { Name = "gpus", Kind = "h200", Devices = 2 }, LocalGpus.Find("gpus", out _));
        Say("NVIDIA H200\nNVIDIA L40S");
        Assert.Equal(new NodeConfig { Name = "gpus", Kind = "mixed", Devices = 2 }, LocalGpus.Find("gpus", out _));
        Say("", exitCode: 9);

        Assert.Null(LocalGpus.Find("gpus", out var problem));
        Assert.Equal((null, "nvidia-smi: Driver/library version mismatch (exit code 9)"), (missing, problem));
    }

    [Theory]
    [InlineData("NVIDIA H200", "h200")]
    [InlineData("NVIDIA H100 80GB HBM3", "h100")]
    [InlineData("NVIDIA A100-SXM4-80GB", "a100")]
    [InlineData("Tesla V100-SXM2-32GB", "v100")]
    [InlineData("NVIDIA GeForce RTX 4090", "rtx4090")]
    [InlineData("NVIDIA L40S", "l40s")]
    [InlineData("NVIDIA H100 NVL", "h100")]
    [InlineData("NVIDIA B200", "b200")]
    [InlineData("", "mixed")]
    public void KindOf_Product_IsWhatPeopleCallIt(string product, string kind) => Assert.Equal(kind, LocalGpus.KindOf(product));

    private static TestService Service(string kind = "cpu") =>
        new(new ComputeConfig { Pools = [new PoolConfig { Name = "local", IdleSeconds = 2, Nodes = [new NodeConfig { Name = "this", Kind = kind, Devices = 1 }] }] },
            root => new ProcessEngine(root, () => { }, cores: kind == "cpu" ? new HashSet<string> { "this" } : null));

    private void Say(string lines, int exitCode = 0)
    {
        File.WriteAllText(Path.Combine(_folder, "lines"), lines + "\n");
        var tool = Path.Combine(_folder, "nvidia-smi");
        File.WriteAllText(tool, $"""
            #!/bin/sh
            echo "$*" >> '{_folder}/asked'
            test {exitCode} = 0 || echo Driver/library version mismatch >&2
            cat '{_folder}/lines'
            exit {exitCode}
            """);
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", $"{_folder}:{_path}");
    }
}
