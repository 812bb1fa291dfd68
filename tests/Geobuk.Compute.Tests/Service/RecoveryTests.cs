using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tenants;
using Geobuk.Models;

namespace Geobuk.Compute.Tests.Service;

/// <summary>What was meant, held and paid before the service was gone is meant, held and paid after it, and no job can take the service down.</summary>
public sealed class RecoveryTests
{
    private const string Deaf = "trap '' TERM; echo up; while :; do sleep 0.05; done", Leaves = "trap 'exit 75' TERM; echo up; while :; do sleep 0.05; done";

    [Fact]
    public void JobThatWasCancelled_IsNotStartedAgain()
    {
        using var service = new TestService();
        var job = service.Submit(Leaves, request => request with { Preemptible = true });
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);
        service.Service.Cancel(job.Id, TestService.Operator);

        service.Restart();

        var over = service.Until(job.Id, job => job.IsOver);
        Assert.Equal((JobPhase.Cancelled, 1), (over.Phase, over.Attempt));
    }

    [Fact]
    public void JobThatWasAskedToLeaveAndDoesNot_IsEndedAtItsDeadline()
    {
        using var service = new TestService(ComputeConfig.Local(1) with { CheckpointDeadlineSeconds = 2 });
        var deaf = service.Submit(Deaf, request => request with { Priority = 10, Preemptible = true });
        service.Until(deaf.Id, _ => service.Log(deaf.Id).Length > 0);
        var urgent = service.Submit("true", request => request with { Priority = 90 });
        service.Until(deaf.Id, job => job.Phase == JobPhase.Leaving);

        service.Restart();

        Assert.Equal(JobPhase.Done, service.Until(urgent.Id, job => job.IsOver, 20).Phase);
        Assert.Equal(1, service.Job(deaf.Id).Preemptions);
    }

    [Fact]
    public void NodeConfiguredSmaller_LetsItsJobsEnd_AndSaysSoUntilThen()
    {
        using var service = new TestService(ComputeConfig.Local(2));
        var jobs = Enumerable.Range(0, 2).Select(_ => service.Submit("echo up; while [ ! -e go ]; do sleep 0.05; done")).ToList();
        foreach (var job in jobs) service.Until(job.Id, one => service.Log(one.Id).Length > 0);

        service.Restart(ComputeConfig.Local(1) with { MinRunSeconds = 0 });
        var waits = service.Submit("echo $CUDA_VISIBLE_DEVICES");
        for (var i = 0; i < 10; i++) service.Service.Tick();

        NodeView Node() => service.Service.Pools(TestService.Operator)[0].Nodes[0];
        Assert.Equal((1, 1, 2), (Node().Devices, Node().Over, Node().Shares.Sum(share => share.Devices)));
        Assert.Equal(JobPhase.Pending, service.Job(waits.Id).Phase);
        foreach (var job in jobs)
        {
            Assert.Equal(JobPhase.Running, service.Job(job.Id).Phase);
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(service.Service.LogFile(job.Id, TestService.Operator))!, "work", "go"), "");
            Assert.Equal(JobPhase.Done, service.Until(job.Id, job => job.IsOver).Phase);
        }
        Assert.Equal(JobPhase.Done, service.Until(waits.Id, job => job.IsOver).Phase);
        Assert.Equal((0, "0\n"), (Node().Over, service.Log(waits.Id)));
    }

    [Fact]
    public void MaximumRun_GoesOnWhereTheLastStartLeftIt_AcrossARestartToo()
    {
        using var service = new TestService(ComputeConfig.Local(1));
        var job = service.Submit("trap 'exit 75' TERM; echo up; while :; do sleep 0.05; done", request => request with { Preemptible = true, Priority = 10, MaxRunSeconds = 3 });
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);
        Thread.Sleep(1500);
        var urgent = service.Submit("true", request => request with { Priority = 90 });
        service.Until(urgent.Id, job => job.IsOver);
        service.Restart();

        var over = service.Until(job.Id, job => job.IsOver, 20);

        // Two starts, and three seconds in all: had each its own, the second would have run for three.
        Assert.Equal((JobPhase.Failed, 2), (over.Phase, over.Attempt));
        Assert.Matches("^ran 3 s in 2 starts; at most 3 s were asked for$", over.Reason?.ToString());
        Assert.InRange(over.Ended!.Value - over.Started!.Value, 0, 2.2);
    }

    [Fact]
    public void NodeThatWasDrained_TakesNothingAfterARestart()
    {
        using var service = new TestService();
        service.Service.SetHealth("local", "this", false, TestService.Operator);

        service.Restart();
        var job = service.Submit("true");
        for (var i = 0; i < 20; i++) service.Service.Tick();

        Assert.Equal(JobPhase.Pending, service.Job(job.Id).Phase);
        service.Service.SetHealth("local", "this", true, TestService.Operator);
        service.Restart();
        Assert.Equal(JobPhase.Done, service.Until(job.Id, job => job.IsOver).Phase);
    }

    [Fact]
    public void Won_OfWhatRuns_AreCountedWhileItRunsAndAcrossARestart()
    {
        var pool = ComputeConfig.Local(1).Pools[0] with { WonPerDeviceHour = 3600 };
        using var service = new TestService(ComputeConfig.Local(1) with { Pools = [pool], Tenants = [new TenantConfig { Path = "mnd", Budget = new BudgetConfig(Won: 3, Hard: true) }] });
        var job = service.Submit(Leaves, request => request with { Tenant = "mnd", Preemptible = true });
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);
        Thread.Sleep(300);
        Assert.InRange(service.Service.Tenants(TestService.Operator).Single(tenant => tenant.Path == "mnd").Won, 0.1, 3);

        service.Restart();

        // A won a second: it must make room after three.
        var stopped = service.Until(job.Id, job => job.Phase == JobPhase.Pending, 20);
        var tenant = service.Service.Tenants(TestService.Operator).Single(tenant => tenant.Path == "mnd");
        Assert.InRange(tenant.Won, 3, 10);
        Assert.Equal(service.Store.Ledger().Sum(entry => entry.Won), tenant.Won, 3);
        Assert.Contains("3 won", service.Service.Explain(stopped.Id, TestService.Operator)!.Value.Why.Chain[0].Found.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Shares_CountWhatWasUsedBeforeTheRestart()
    {
        var config = ComputeConfig.Local(1) with { Tenants = [new TenantConfig { Path = "x" }, new TenantConfig { Path = "y" }] };
        using var service = new TestService(config);
        service.Until(service.Submit("sleep 2", request => request with { Tenant = "x" }).Id, job => job.IsOver);
        var running = service.Submit("while [ ! -e go ]; do sleep 0.05; done", request => request with { Tenant = "z" });
        service.Until(running.Id, job => job.Started is not null);
        var first = service.Submit("true", request => request with { Tenant = "x" });
        var second = service.Submit("true", request => request with { Tenant = "y" });

        service.Restart();
        File.WriteAllText(Path.Combine(service.Folder, "jobs", $"{running.Id}", "work", "go"), "");
        service.Until(first.Id, job => job.IsOver);
        service.Until(second.Id, job => job.IsOver);

        Assert.True(service.Job(second.Id).Started < service.Job(first.Id).Started, "who had used more went first");
    }

    [Fact]
    public void PoolThatVanished_LeavesWhatWasHeldInTheLedger()
    {
        using var service = new TestService();
        var job = service.Submit("sleep 3", request => request with { Devices = 2 });
        service.Until(job.Id, job => job.Phase == JobPhase.Running);
        Thread.Sleep(500);
        var other = ComputeConfig.Local(2);

        service.Restart(other with { Pools = [other.Pools[0] with { Name = "other" }] });

        var entry = Assert.Single(service.Store.Ledger());
        Assert.Equal((job.Id, "local"), (entry.Job, entry.Pool));
        Assert.True(entry.LostToFailure >= 1 && entry.LostToFailure == entry.Allocated, $"{entry}");
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
    }

    [Fact]
    public void JobThatAlwaysAsksToBeStartedAgain_WaitsLongerEachTime()
    {
        using var service = new TestService();
        var job = service.Submit("exit 75");
        var end = DateTime.UtcNow.AddSeconds(6);
        while (DateTime.UtcNow < end)
        {
            service.Service.Tick();
            Thread.Sleep(10);
        }

        // At once, after one second, two and four.
        Assert.InRange(service.Job(job.Id).Attempt, 3, 5);
    }

    [Theory]
    [InlineData("")]
    [InlineData("here")]
    [InlineData("/a\0b")]
    public void FolderThatCannotBe_IsRefused(string folder)
    {
        using var service = new TestService();

        Assert.StartsWith("folder: ", Assert.Throws<UserInputException>(() => service.Submit("true", request => request with { Folder = folder })).Message, StringComparison.Ordinal);
        Assert.Contains("after: null", Assert.Throws<UserInputException>(() => service.Submit("true", request => request with { After = null! })).Message, StringComparison.Ordinal);
        Assert.Contains("topology: 7", Assert.Throws<UserInputException>(() => service.Submit("true", request => request with { Topology = (Topology)7 })).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void PipesInPlaceOfFiles_KeepNobodyWaiting()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "pipes with names are Linux's here");
        using var service = new TestService(ComputeConfig.Local(1) with { CheckpointDeadlineSeconds = 1 });
        var job = service.Submit("d=$(dirname $GEOBUK_REPORT); mkfifo $GEOBUK_REPORT $d/1.0/exit.x $d/work/pipe; rm -f $GEOBUK_CHECKPOINT_REQUEST; mkfifo $GEOBUK_CHECKPOINT_REQUEST; mv $d/1.0/exit.x $d/1.0/exit; echo up; sleep 60", request => request with { Priority = 10, Preemptible = true });
        service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        var urgent = service.Submit("echo done", request => request with { Priority = 90 });

        Assert.Equal(JobPhase.Done, service.Until(urgent.Id, job => job.IsOver, 30).Phase);
    }

    [Fact]
    public void DatabaseOfAnotherFolder_IsRefused()
    {
        var folder = Directory.CreateTempSubdirectory("geobuk-bind").FullName;
        using (var store = ComputeStore.Open(Path.Combine(folder, "compute.db")))
        {
            store.Bind(Path.Combine(folder, "jobs"));
            store.Bind(Path.Combine(folder, "jobs"));

            Assert.Contains("is not the folder whose jobs the database knows", Assert.Throws<UserInputException>(() => store.Bind(Path.Combine(folder, "others"))).Message, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Config_ThatStaysTheSame_IsNotedOnce_AndNobodyReadsTheWholeLogForIt()
    {
        using var service = new TestService();
        service.Restart();
        Assert.Single(service.Store.AuditLog(100), entry => entry.Action == "config");
        // What nobody reads may be anything.
        service.Sql("UPDATE audit SET entry = 'nothing' WHERE sequence = 1");
        service.Submit("true");

        service.Restart();
        service.Restart(ComputeConfig.Local(1));

        Assert.Single(service.Store.AuditLog(100), entry => entry.Action == "config");
        Assert.Contains("\"action\":\"config\"", service.Sql("SELECT entry FROM audit ORDER BY sequence DESC LIMIT 1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE audit SET entry = replace(entry, 'job 2', 'job 9') WHERE sequence = 3", "entry 3 was changed")]
    [InlineData("UPDATE audit SET entry = 'gone' WHERE sequence = 2", "entry 2 was changed")]
    [InlineData("UPDATE audit SET entry = '{}' WHERE sequence = 4", "entry 4 was changed")]
    [InlineData("DELETE FROM audit WHERE sequence = 3", "entry 3 is missing")]
    [InlineData("UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 99", "entry 2 was changed")]
    public void AuditLog_WithARowThatWasChanged_NamesTheFirst(string tampering, string expected)
    {
        using var service = new TestService();
        for (var i = 0; i < 4; i++) service.Submit("true");
        Assert.Null(AuditEntry.Defect(service.Store.AuditLog(100).Reverse()));

        service.Sql(tampering);
        service.Restart();
        service.Submit("true");

        Assert.Equal(expected, AuditEntry.Defect(service.Store.AuditLog(100).Reverse()));
    }

    [Fact]
    public void AuditLog_OfADatabaseFromBeforeItWasAChain_BecomesOne()
    {
        using var service = new TestService();
        for (var i = 0; i < 4; i++) service.Submit("true");
        service.Sql("UPDATE audit SET entry = '{\"at\":1,\"who\":\"kim\",\"action\":\"submit\",\"subject\":\"job ' || sequence || '\",\"detail\":\"\"}'");

        service.Restart();
        service.Submit("true");

        var log = service.Store.AuditLog(100);
        Assert.Null(AuditEntry.Defect(log.Reverse()));
        Assert.Equal(["job 1", "job 2", "job 3", "job 4", "job 5", "job 5"], log.Reverse().Select(entry => entry.Subject));
    }

    [Fact]
    public void Ledger_WithARowThatCannotBeRead_IsServedAndNamed()
    {
        using var service = new TestService();
        for (var i = 0; i < 3; i++) service.Until(service.Submit("true").Id, job => job.IsOver);
        service.Sql("UPDATE ledger SET entry = 'nothing' WHERE sequence = 2");

        service.Restart();
        service.Until(service.Submit("true").Id, job => job.IsOver);

        Assert.Equal("entry 2 was changed", LedgerEntry.Defect(service.Store.Ledger()));
        Assert.Equal(4, service.Store.LedgerSince(0).Count());
        Assert.Equal(service.Store.Ledger().Sum(entry => entry.Busy), service.Service.UsedHours(2, TestService.Operator).Sum(hour => hour.Busy), 9);
    }

    [Fact]
    public void Key_ThatWasTakenBack_IsAStrangers()
    {
        using var service = new TestService();
        var secret = service.Service.Grant("kim", "mnd", Role.Member, TestService.Operator);
        var admin = new ApiKey("park", "mnd", Role.Admin, "");
        var hash = ApiKey.HashOf(secret);

        Assert.Contains(service.Service.Keys(admin), key => key.Hash == hash);
        Assert.Empty(service.Service.Keys(new ApiKey("lee", "other", Role.Admin, "")));
        Assert.Throws<KeyNotFoundException>(() => service.Service.Revoke(hash[..12], new ApiKey("lee", "other", Role.Admin, "")));
        Assert.Throws<KeyNotFoundException>(() => service.Service.Revoke("", TestService.Operator));
        service.Service.Revoke(hash[..12], admin);

        Assert.DoesNotContain(service.Store.Keys(), key => key.Hash == hash);
        Assert.Contains(service.Store.AuditLog(5), entry => entry is { Action: "revoke", Who: "park", Subject: "kim" });
    }

    [Fact]
    public void Key_OfANameThatAnotherTenantHas_OrOfNone_IsRefused()
    {
        using var service = new TestService();
        service.Service.Grant("kim", "mnd", Role.Member, TestService.Operator);

        Assert.StartsWith("name: kim has a key of another tenant", Assert.Throws<UserInputException>(() => service.Service.Grant("kim", "navy", Role.Admin, TestService.Operator)).Message, StringComparison.Ordinal);
        Assert.StartsWith("name: \"\"", Assert.Throws<UserInputException>(() => service.Service.Grant("", "mnd", Role.Member, TestService.Operator)).Message, StringComparison.Ordinal);
        Assert.StartsWith("role: 77", Assert.Throws<UserInputException>(() => service.Service.Grant("lee", "mnd", (Role)77, TestService.Operator)).Message, StringComparison.Ordinal);
    }
}
