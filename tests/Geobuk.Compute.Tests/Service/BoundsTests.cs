using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tenants;
using Geobuk.Models;

namespace Geobuk.Compute.Tests.Service;

/// <summary>What one tenant, or one job, can fill: the queue, the keys, the disk.</summary>
public sealed class BoundsTests
{
    [Fact]
    public void Jobs_BeyondMaxWaiting_AreRefused_WhoeverBelowTheTenantSubmits_UntilThereIsRoom()
    {
        using var service = new TestService(ComputeConfig.Local(1) with { Tenants = [new TenantConfig { Path = "mnd", MaxWaiting = 2 }, new TenantConfig { Path = "none", MaxWaiting = 0 }] });
        ApiKey kim = new("kim", "mnd/a/kim", Role.Member, "k"), lee = new("lee", "mnd/b", Role.Member, "l");
        var running = service.Submit("sleep 300", by: kim);
        service.Until(running.Id, job => job.Phase == JobPhase.Running);
        var waiting = service.Submit("true", by: kim);
        service.Submit("true", by: lee);

        var fault = Assert.Throws<TooManyException>(() => service.Submit("true", by: kim));
        Assert.Equal("max_waiting: 2 jobs of mnd may wait, and as many do; expected fewer before another. Submit it when some have started, cancel some, or have an operator raise max_waiting of mnd.", fault.Message);
        Assert.Throws<TooManyException>(() => service.Submit("true", request => request with { Tenant = "mnd/b/other" }, lee));
        Assert.Throws<TooManyException>(() => service.Submit("true", request => request with { Tenant = "none" }));
        service.Submit("true");
        service.Service.Cancel(waiting.Id, kim);
        service.Submit("true", by: kim);
    }

    [Fact]
    public void Tenant_MayAskForNoHigherPriority_AndItsDataIsNoLessSensitive_ThanItsConfigurationSays()
    {
        var pools = new[] { DataLabel.Classified, DataLabel.Open }.Select(label => new PoolConfig { Name = $"{label}", Accreditation = label, Nodes = [new NodeConfig { Name = "n", Kind = "cpu", Devices = 1 }] });
        using var service = new TestService(new ComputeConfig { Pools = [.. pools], Tenants = [new TenantConfig { Path = "mnd", MaxPriority = 60, Label = DataLabel.Sensitive }] });
        ApiKey kim = new("kim", "mnd/a", Role.Member, "k"), other = new("other", "free", Role.Member, "o");

        Assert.Equal("priority: 61; expected at most 60, which mnd may ask for. Ask for less, or have an operator submit it.",
            Assert.Throws<UserInputException>(() => service.Submit("true", request => request with { Priority = 61 }, kim)).Message);
        service.Submit("true", request => request with { Priority = 100 }, other);
        service.Submit("true", request => request with { Priority = 61, Tenant = "mnd/a" });
        // The flag was forgotten: it goes where such data may go all the same.
        var job = service.Submit("sleep 300", request => request with { Priority = 60 }, kim);
        Assert.Equal(DataLabel.Sensitive, job.Request.Label);
        Assert.StartsWith("label: its data is sensitive; the pools that are large enough are accredited for open data at most.",
            Assert.Throws<UserInputException>(() => service.Submit("true", request => request with { Pool = "Open" }, kim)).Message, StringComparison.Ordinal);
        Assert.Equal(DataLabel.Classified, service.Submit("true", request => request with { Label = DataLabel.Classified }, kim).Request.Label);
        Assert.Equal("Classified/n:1", Assert.Single(service.Until(job.Id, one => one.Phase == JobPhase.Running).Nodes));
        // What it may not ask for is not named as what would start it.
        var next = service.Submit("true", request => request with { Label = DataLabel.Classified, Priority = 1 }, kim);
        service.Until(next.Id, _ => service.Service.List(TestService.Operator).Count(one => !one.IsOver) == 3);
        Assert.DoesNotContain("data that is", service.Service.Explain(next.Id, kim)?.Why.Change?.ToString() ?? "", StringComparison.Ordinal);
    }

    /// <summary>They are read in pieces of a thousand.</summary>
    [Fact]
    public void Jobs_AndLedger_OfManyPieces_AreAllThereOnceAndInOrder()
    {
        using var service = new TestService();
        service.Store.Together(() =>
        {
            for (var id = 1; id <= 2500; id++)
            {
                service.Store.Save(new JobRecord { Id = id, Tenant = "mnd", Request = new JobRequest { Command = ["true"] }, Phase = JobPhase.Done, Started = 1, Ended = 2 });
                service.Store.Append(new LedgerEntry { At = id, Job = id, Attempt = 1, Tenant = "mnd", Pool = "local" });
            }
        });

        Assert.Equal(Enumerable.Range(801, 1700).Select(id => (long)id), service.Service.List(TestService.Operator, 1700).Select(job => job.Id));
        Assert.Equal(2500, service.Service.List(TestService.Operator, 1_000_000).Count);
        Assert.Equal(Enumerable.Range(1, 2500).Select(id => (long)id), service.Store.Ledger().Select(entry => entry.Job));
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
    }

    [Fact]
    public void Keys_OfATenant_HaveABound()
    {
        using var service = new TestService();
        ApiKey admin = new("admin", "mnd", Role.Admin, "h");
        service.Store.Together(() =>
        {
            for (var i = 0; i < 1000; i++) service.Store.Save(new ApiKey("many", "mnd/a", Role.Viewer, $"{i:x64}"));
        });

        Assert.StartsWith("keys: mnd and what is below have 1000, as many as they may;", Assert.Throws<TooManyException>(() => service.Service.Grant("kim", "mnd/b", Role.Viewer, admin)).Message, StringComparison.Ordinal);
        service.Service.Grant("lee", "other", Role.Admin, TestService.Operator);
        service.Service.Revoke($"{7:x64}", TestService.Operator);
        service.Service.Grant("kim", "mnd/b", Role.Viewer, admin);
    }

    [Fact]
    public void Log_ThatIsFull_TakesNoMore_AndTheJobGoesOn()
    {
        using var service = new TestService(ComputeConfig.Local(2) with { MaxLogBytes = 4096 });
        var loud = service.Submit("trap 'echo asked; echo left > left; exit 75' TERM; test $GEOBUK_ATTEMPT = 1 || exit 3; head -c 100000 /dev/zero | tr '\\0' a; echo up > up; while :; do sleep 0.05; done", request => request with { Preemptible = true, Priority = 10 });
        var folder = Path.Combine(service.Folder, "jobs", $"{loud.Id}", "work");
        service.Until(loud.Id, _ => File.Exists(Path.Combine(folder, "up")));
        Assert.Equal(new string('a', 4096) + "\n[geobuk: the log is full, max_log_bytes is 4096; what is printed from here on is not kept]\n", service.Log(loud.Id));
        // It is asked to leave as ever, and its exit codes are its own.
        service.Submit("true", request => request with { Devices = 2, Priority = 90 });
        service.Until(loud.Id, job => job.IsOver);
        Assert.True(File.Exists(Path.Combine(folder, "left")));
        Assert.Equal((JobPhase.Failed, 3, 2), (service.Job(loud.Id).Phase, service.Job(loud.Id).ExitCode, service.Job(loud.Id).Attempt));

        // What it leaves running holds its output open, and nothing up.
        var quiet = service.Submit("echo one; echo two >&2; (until test -e stop; do sleep 0.1; done; touch stopped) & echo four");
        Assert.Equal(JobPhase.Done, service.Until(quiet.Id, job => job.IsOver).Phase);
        Assert.False(File.Exists(Path.Combine(service.Folder, "jobs", $"{quiet.Id}", "work", "stopped")));
        File.WriteAllText(Path.Combine(service.Folder, "jobs", $"{quiet.Id}", "work", "stop"), "");
        Assert.Equal("one\ntwo\nfour\n", service.Log(quiet.Id));
    }

    [Theory]
    [InlineData(-1, 5000L, "tenants.mnd.max_waiting: -1; expected 0 or more. 10000 is usual.")]
    [InlineData(1, 0L, "max_log_bytes: 0; expected 4096 or more. Leave it out where there is no bound.")]
    public void Bound_ThatIsNone_IsRefused(int waiting, long log, string expected) =>
        Assert.Equal([expected], (ComputeConfig.Local(1) with { MaxLogBytes = log, Tenants = [new TenantConfig { Path = "mnd", MaxWaiting = waiting }] }).Problems());
}
