using System.Text.RegularExpressions;
using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tenants;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Service;

public sealed class ComputeServiceTests
{
    [Fact]
    public void Job_ThatEnds_IsDoneWithItsLogAndInTheLedger()
    {
        using var service = new TestService();

        var job = service.Until(service.Submit("echo hello $GEOBUK_JOB; exit 0").Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 0), (job.Phase, job.ExitCode));
        Assert.Equal("hello 1\n", service.Log(1));
        var entry = Assert.Single(service.Store.Ledger());
        Assert.Equal(entry.Allocated, entry.Busy, 6);
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
    }

    [Fact]
    public void Job_ThatFails_SaysItsExitCode()
    {
        using var service = new TestService();

        var job = service.Until(service.Submit("exit 3").Id, job => job.IsOver);

        Assert.Equal((JobPhase.Failed, 3, "exit code 3"), (job.Phase, job.ExitCode, job.Reason?.ToString()));
        Assert.True(Assert.Single(service.Store.Ledger()).LostToFailure > 0);
        service.Restart();
        Assert.Equal("종료 코드 3", service.Job(job.Id).Reason?.In(Language.Korean));
    }

    [Fact]
    public void UsedHours_HoldWhatRunsAndWhatEarlierVersionsWroteDown()
    {
        using var service = new TestService();
        var done = service.Until(service.Submit("true", request => request with { Devices = 2, Tenant = "mnd/a" }).Id, job => job.IsOver);
        var since = service.Until(service.Submit("sleep 60", request => request with { Devices = 2 }).Id, job => job.Phase == JobPhase.Running).Started!.Value;
        // Two devices for five hours, of whose beginning the entry says nothing.
        var at = (Math.Floor(service.Service.Now / 3600) - 10) * 3600;
        service.Store.Append(new LedgerEntry { At = at, Job = done.Id, Attempt = 2, Tenant = "mnd/a", Pool = "local", Allocated = 36_000, Busy = 36_000 });

        var before = service.Service.Now;
        var hours = service.Service.UsedHours(48, TestService.Operator);
        var after = service.Service.Now;

        Assert.Equal(Enumerable.Range(-5, 5).Select(hour => (at + (hour * 3600), 7200.0)), hours.Take(5).Select(hour => (hour.At, hour.Busy)));
        Assert.InRange(hours.Sum(hour => hour.Running), (2 * (before - since)) - 1e-3, (2 * (after - since)) + 1e-3);
        Assert.True(after > since);
        Assert.All(service.Service.UsedHours(48, new ApiKey("a", "mnd/a", Role.Viewer, "")), hour => Assert.Equal(0, hour.Running));
        Assert.Equal(service.Store.Ledger().Sum(entry => entry.Busy), hours.Sum(hour => hour.Busy), 6);
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
    }

    [Fact]
    public void Job_ThatFailsOnce_IsTriedAgain()
    {
        using var service = new TestService();

        var job = service.Until(service.Submit("test $GEOBUK_ATTEMPT = 2", request => request with { Retries = 1 }).Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2), (job.Phase, job.Attempt));
    }

    [Fact]
    public void Usage_InParts_IsTheWholeLedgerOnceAndOnlyWhatTheKeySees()
    {
        using var service = new TestService();
        for (var i = 0; i < 5; i++) service.Submit("true", request => request with { Tenant = i % 2 == 0 ? "local" : "other" });
        foreach (var id in new long[] { 1, 2, 3, 4, 5 }) service.Until(id, job => job.IsOver);
        var viewer = new ApiKey("viewer", "other", Role.Viewer, "");

        List<long> Read(ApiKey by)
        {
            var read = new List<long>();
            for (long? beyond = 0; beyond is { } place;)
            {
                var (entries, next) = service.Service.Usage(place, 2, by);
                read.AddRange(entries.Select(entry => entry.Sequence));
                beyond = next;
            }
            return read;
        }

        Assert.Equal([1, 2, 3, 4, 5], Read(TestService.Operator));
        Assert.Equal(service.Store.Ledger().Where(entry => entry.Tenant == "other").Select(entry => entry.Sequence), Read(viewer));
        Assert.Equal(2, Read(viewer).Count);
    }

    [Fact]
    public void ExitCode75_IsRequeuedAndItsLogGoesOn()
    {
        using var service = new TestService();

        var job = service.Until(service.Submit("echo attempt $GEOBUK_ATTEMPT; test $GEOBUK_ATTEMPT = 2 || exit 75").Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2), (job.Phase, job.Attempt));
        Assert.Equal("attempt 1\nattempt 2\n", service.Log(job.Id));
        Assert.Equal(2, service.Store.Ledger().Count);
    }

    [Fact]
    public void Preemption_AsksForACheckpoint_AndTheVictimGoesOnFromIt()
    {
        using var service = new TestService();
        var victim = service.Submit("trap 'echo saved; exit 75' TERM; echo attempt $GEOBUK_ATTEMPT; test $GEOBUK_ATTEMPT = 2 && exit 0; while :; do sleep 0.05; done", request => request with { Devices = 2, Priority = 10, Preemptible = true });
        service.Until(victim.Id, job => service.Log(job.Id).Contains("attempt 1", StringComparison.Ordinal));

        var urgent = service.Submit("echo urgent", request => request with { Devices = 2, Priority = 90 });
        service.Until(urgent.Id, job => job.Phase == JobPhase.Done);
        var job = service.Until(victim.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2, 1), (job.Phase, job.Attempt, job.Preemptions));
        Assert.Equal("attempt 1\nsaved\nattempt 2\n", service.Log(victim.Id));
        Assert.Contains(service.Store.Ledger(), entry => entry.Job == victim.Id && entry.Checkpointing > 0 && entry.LostToPreemption == 0);
    }

    [Fact]
    public void Cancel_EndsTheWholeProcessGroup()
    {
        using var service = new TestService();
        var job = service.Submit("trap '' TERM; sleep 100 & echo $! > child; sleep 100");
        service.Until(job.Id, _ => File.Exists(Path.Combine(service.Folder, "jobs", "1", "work", "child")));
        var child = int.Parse(File.ReadAllText(Path.Combine(service.Folder, "jobs", "1", "work", "child")));

        service.Service.Cancel(job.Id, TestService.Operator);
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal(JobPhase.Cancelled, over.Phase);
        Assert.False(File.Exists($"/proc/{child}/stat") && !File.ReadAllText($"/proc/{child}/stat").Contains(") Z", StringComparison.Ordinal));
    }

    [Fact]
    public void Restart_WhileAJobRuns_FindsItRunningAndDoesNotStartItAgain()
    {
        using var service = new TestService();
        var job = service.Submit("echo once; while [ ! -e go ]; do sleep 0.05; done; exit 0");
        service.Until(job.Id, job => service.Log(job.Id).Length > 0);

        service.Restart();
        service.Service.Tick();
        Assert.Equal(JobPhase.Running, service.Job(job.Id).Phase);
        File.WriteAllText(Path.Combine(service.Folder, "jobs", "1", "work", "go"), "");
        service.Until(job.Id, job => job.Phase == JobPhase.Done);

        Assert.Equal("once\n", service.Log(job.Id));
        Assert.Equal(1, service.Job(job.Id).Attempt);
    }

    [Fact]
    public void Restart_AfterAJobEnded_FindsItsExitCode()
    {
        using var service = new TestService();
        var job = service.Submit("sleep 0.2; exit 4");
        service.Until(job.Id, job => job.Phase == JobPhase.Running);
        Thread.Sleep(600);

        service.Restart();

        Assert.Equal(4, service.Until(job.Id, job => job.IsOver).ExitCode);
    }

    [Fact]
    public void Restart_BetweenWritingDownAndStarting_StartsOnceOnly()
    {
        using var service = new TestService();
        var job = service.Submit("echo once");
        service.Store.Save(service.Job(job.Id) with { Phase = JobPhase.Running, Attempt = 1, Started = service.Service.Now, Nodes = ["local/this:1"], DeviceNumbers = [[0]] });

        service.Restart();
        var over = service.Until(job.Id, job => job.IsOver);

        Assert.Equal((JobPhase.Done, 2), (over.Phase, over.Attempt));
        Assert.Equal("once\n", service.Log(job.Id));
    }

    [Fact]
    public void After_RunsInOrder_AndAFailureCancelsWhatComesAfter()
    {
        using var service = new TestService();
        var first = service.Submit("echo a");
        var second = service.Submit("exit 1", request => request with { After = [first.Id] });
        var third = service.Submit("echo c", request => request with { After = [second.Id] });

        service.Until(third.Id, job => job.IsOver);

        Assert.Equal([JobPhase.Done, JobPhase.Failed, JobPhase.Cancelled], new[] { first, second, third }.Select(job => service.Job(job.Id).Phase));
    }

    [Fact]
    public void Explain_WaitingJob_NamesWhatStopsItAndWhatWouldStartIt()
    {
        using var service = new TestService();
        service.Until(service.Submit("sleep 30").Id, job => job.Phase == JobPhase.Running);
        var wide = service.Submit("true", request => request with { Devices = 2 });
        service.Service.Tick();

        var (why, from, to) = service.Service.Explain(wide.Id, TestService.Operator)!.Value;

        Assert.Equal(Gate.Gang, why.Chain[^1].Gate);
        Assert.Equal("1 device instead of 2", why.Change?.ToString());
        Assert.True(from <= to);
    }

    [Fact]
    public void Config_WithNumbersAndNamesThatCannotBe_IsToldAllOfThem()
    {
        var config = ComputeConfig.Local(2) with
        {
            MinRunSeconds = -5,
            CheckpointDeadlineSeconds = double.NaN,
            Reservations = [new("q", "local", ["that"], 5, 1), new("q", "none", [], 1, 5)],
            Pools = [new() { Name = "local", Expires = -5, IdleSeconds = 0, EngineSettings = new Dictionary<string, string> { ["cores"] = "1" }, Nodes = [new() { Name = "n", Kind = "cpu", Devices = 1 }, new() { Name = "n", Kind = "cpu", Devices = 1 }] }],
        };

        Assert.Equal(
            ["pools.local.engine_settings.cores: unknown", "pools.local.idle_seconds: 0", "pools.local.expires: -5", "pools.local.nodes: n is there 2 times", "reservations: pool local has no node that", "reservations: from 5 until 1", "reservations: pool none does not exist", "checkpoint_deadline_seconds: NaN", "min_run_seconds: -5"],
            config.Problems().Select(problem => problem.Split(';')[0]));
    }

    [Theory]
    [InlineData("""{"pools":null}""", ":1: pools: null; expected a value.")]
    [InlineData("""{"pools":[null]}""", "pools: null among them; expected none.")]
    [InlineData("""{"pools":[{"name":"p","nodes":[null]}]}""", "pools.p.nodes: null among them")]
    [InlineData("""{"pools":[{"name":null,"nodes":[]}]}""", "pools[0].name: null; expected a value.")]
    [InlineData("""{"pools":[{"name":"p/q","nodes":[{"name":"a:b","kind":"","devices":1}]}]}""", "pools: name: \"p/q\"; expected 1 to 128 characters without spaces, '/' and ':'. Rename it.")]
    [InlineData("""{"pools":[{"name":"p","idle_seconds":1e999,"nodes":[]}]}""", "pools.p.idle_seconds: Infinity; expected a number that is finite.")]
    [InlineData("""{"pools":[{"name":"p","expires":1e999,"nodes":[]}]}""", "pools.p.expires: Infinity")]
    [InlineData("""{"pools":[{"name":"p","won_per_device_hour":-1,"nodes":[]}]}""", "pools.p.won_per_device_hour: -1; expected 0 or more, less than 1000000000.")]
    [InlineData("""{"pools":[{"name":"p","nodes":[{"name":"n","kind":"c","devices":1e999}]}]}""", "pools[0].nodes[0].devices: another kind of value; expected a whole number up to 2147483647.")]
    [InlineData("""{"pools":[{"name":"p","accreditation":"secret","nodes":[]}]}""", "pools[0].accreditation: another kind of value; expected one of open, sensitive, classified.")]
    [InlineData("""{"tenants":[{"path":null}]}""", "tenants[0].path: null; expected a value.")]
    [InlineData("""{"tenants":[{"path":"a","weight":1e999}]}""", "tenants.a.weight: Infinity; expected more than 0, less than 1000000000.")]
    [InlineData("""{"tenants":[{"path":"a","budget":{"won":1e999}}]}""", "tenants.a.budget.won: Infinity")]
    [InlineData("""{"tenants":[{"path":"a","quotas":[{"pool":"local","kind":"cpu","cells":2}]}]}""", "tenants: quotas of 2 nodes of cpu in pool local; expected at most its 1.")]
    [InlineData("""{"tenants":[{"path":"a","quotas":[{"pool":"local","kind":"cpu","cells":1},{"pool":"local","kind":"cpu","cells":0}]}]}""", "tenants.a.quotas: cpu of pool local is there 2 times; expected once.")]
    [InlineData("""{"reservations":[{"tenant":"../x","pool":"local","nodes":["this"],"from":1,"until":1e999}]}""", "reservations: tenant ../x; expected organisation/project/user.")]
    [InlineData("""{"policy":"geobuk","policy":"fifo"}""", ":1: policy: given twice; expected once.")]
    [InlineData("""{"polizy":"geobuk"}""", "polizy: unknown key; expected one of policy, pools, tenants, reservations, checkpoint_deadline_seconds, min_run_seconds, max_log_bytes. Did you mean policy?")]
    [InlineData("""{"min_run_seconds":"60"}""", "min_run_seconds: another kind of value; expected a number.")]
    [InlineData("pools:", "not JSON: ")]
    public void Config_ThatCannotBe_IsToldByPlace(string text, string expected)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);

        var fault = Assert.Throws<UserInputException>(() => ComputeConfig.Load(file));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith(file, fault.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void Config_OfMoreDevicesThanAnybodyCanCount_IsRefused() =>
        Assert.Equal(["pools: 3000000000 devices in all; expected at most 10000000."], (ComputeConfig.Local(1) with { Pools = [new() { Name = "p", Nodes = [.. Enumerable.Range(0, 3000).Select(i => new Compute.Pools.NodeConfig { Name = $"n{i}", Kind = "c", Devices = 1_000_000 })] }] }).Problems());

    [Fact]
    public void Tenants_TellTheirShareAndWhatTheyMadeOfAllUse()
    {
        using var service = new TestService(ComputeConfig.Local(2) with { Tenants = [new TenantConfig { Path = "mnd", Weight = 3 }, new TenantConfig { Path = "mnd/a" }, new TenantConfig { Path = "mnd/b", Weight = 3 }, new TenantConfig { Path = "moef" }] });
        service.Until(service.Submit("sleep 0.3", request => request with { Tenant = "mnd/b" }).Id, job => job.IsOver);

        var tenants = service.Service.Tenants(TestService.Operator).ToDictionary(tenant => tenant.Path, tenant => (tenant.Share, tenant.Used));

        Assert.Equal((0.75, 1), tenants["mnd"]);
        Assert.Equal((0.1875, 0), tenants["mnd/a"]);
        Assert.Equal((0.5625, 1), tenants["mnd/b"]);
        Assert.Equal((0.25, 0), tenants["moef"]);
    }

    /// <summary>What docs/compute.md names as an engine's settings is taken from a file, and nothing that is not there.</summary>
    [Theory]
    [InlineData("local")]
    [InlineData("slurm")]
    [InlineData("kubernetes")]
    [InlineData("ssh")]
    public void Config_TakesTheSettingsThatAreDocumented(string engine)
    {
        var row = File.ReadLines(TestPaths.Repository("docs", "compute.md")).Single(line => line.StartsWith($"| `{engine}` |", StringComparison.Ordinal)).Split('|')[3];
        var settings = ComputeConfig.Engines[engine];

        Assert.All(settings, setting => Assert.Contains($"`{setting}`", row, StringComparison.Ordinal));
        Assert.Empty(Regex.Matches(row, "(?:^|[,;] )`([a-z_]+)`").Select(match => match.Groups[1].Value).Except(settings));
        var config = new ComputeConfig { Pools = [new() { Name = "p", Engine = engine, EngineSettings = settings.ToDictionary(setting => setting, _ => "1"), Nodes = [new() { Name = "n", Kind = "cpu", Devices = 1 }] }] };
        Assert.Empty(config.Problems());
    }

    [Fact]
    public void CommandThatIsNotThere_SaysSo()
    {
        using var service = new TestService();

        Assert.Equal("exit code 127: the command was not found where it ran", service.Until(service.Service.Submit(new JobRequest { Command = ["no-such-program"] }, TestService.Operator).Id, job => job.IsOver).Reason?.ToString());
    }

    [Theory]
    [InlineData(3, 1, "size: 3 devices for a worker; the largest node has 2. Change: at most 2 devices per worker.")]
    [InlineData(1, 3, "size: 3 workers of 1 device; no pool can ever hold more than 2 such workers. Change: at most 2 workers.")]
    [InlineData(0, 1, "devices: 0; expected 1 to 10000 per worker. One is usual.")]
    [InlineData(-5, 1, "devices: -5; expected 1 to 10000 per worker. One is usual.")]
    [InlineData(int.MaxValue, int.MaxValue, "workers: 2147483647; expected 1 to 100000. One is usual.")]
    public void Submit_ImpossibleSizes_AreRefusedAtOnce(int devices, int workers, string message)
    {
        using var service = new TestService();

        var fault = Assert.Throws<UserInputException>(() => service.Submit("true", request => request with { Devices = devices, Workers = workers }));

        Assert.Contains(message, fault.Problems);
    }

    [Fact]
    public void Keys_OfAnotherTenant_SeeNothingAndChangeNothing()
    {
        using var service = new TestService();
        var job = service.Submit("sleep 30", request => request with { Tenant = "mnd/personnel" });
        var stranger = new ApiKey("x", "mnd/finance", Role.Admin, "");
        var viewer = new ApiKey("v", "mnd/personnel", Role.Viewer, "");
        var auditor = new ApiKey("a", "audit", Role.Auditor, "");

        Assert.Throws<KeyNotFoundException>(() => service.Service.Visible(job.Id, stranger));
        Assert.Throws<KeyNotFoundException>(() => service.Service.LogFile(job.Id, stranger));
        Assert.Throws<KeyNotFoundException>(() => service.Service.Cancel(job.Id, stranger));
        Assert.Throws<AccessDeniedException>(() => service.Submit("true", request => request with { Tenant = "mnd/personnel" }, stranger));
        Assert.Throws<AccessDeniedException>(() => service.Service.Cancel(job.Id, viewer));
        Assert.Throws<AccessDeniedException>(() => service.Service.Cancel(job.Id, auditor));
        Assert.Throws<AccessDeniedException>(() => service.Service.Audit(stranger));
        Assert.Throws<AccessDeniedException>(() => service.Service.Grant("y", "mnd/personnel", Role.Member, stranger));
        Assert.Throws<AccessDeniedException>(() => service.Service.Grant("y", "mnd/finance", Role.Operator, stranger));
        Assert.Empty(service.Service.List(stranger));
        Assert.Single(service.Service.List(viewer));
        Assert.Contains(service.Service.Audit(auditor), entry => entry.Action == "submit");
    }

    [Fact]
    public void Gang_OneWorkerFails_EndsAll()
    {
        using var service = new TestService();

        var job = service.Until(service.Submit("test $GEOBUK_WORKER = 0 && exit 5; sleep 60", request => request with { Workers = 2 }).Id, job => job.IsOver);

        Assert.Equal((JobPhase.Failed, 5), (job.Phase, job.ExitCode));
    }

    [Fact]
    public void Devices_OfTwoJobsOnANode_AreDifferentOnes()
    {
        using var service = new TestService();
        var jobs = Enumerable.Range(0, 2).Select(_ => service.Submit("echo device $CUDA_VISIBLE_DEVICES; sleep 1")).ToList();
        foreach (var job in jobs) service.Until(job.Id, _ => service.Log(job.Id).Length > 0);

        Assert.Equal(["device 0\n", "device 1\n"], jobs.Select(job => service.Log(job.Id)).Order());
    }

    [Fact]
    public void Pool_ThatVanished_FailsWhatRanThereRatherThanRunItTwice()
    {
        using var service = new TestService();
        var job = service.Submit("sleep 5");
        service.Until(job.Id, job => job.Phase == JobPhase.Running);
        var other = ComputeConfig.Local(2);

        service.Restart(other with { Pools = [other.Pools[0] with { Name = "other" }] });

        Assert.Equal(JobPhase.Failed, service.Job(job.Id).Phase);
        Assert.Contains("local/this:1, which is not configured any more", service.Job(job.Id).Reason?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Submit_ForATenantThatMayHoldNothing_IsRefusedAtOnceAndSaysWhatWouldHelp()
    {
        using var service = new TestService(ComputeConfig.Local(2) with
        {
            Tenants = [new TenantConfig { Path = "mnd/none", MaxDevices = 0 }, new TenantConfig { Path = "mnd/poor", Budget = new BudgetConfig(0) }, new TenantConfig { Path = "mnd/one", MaxDevices = 1, Cohort = "all", Quotas = [new QuotaConfig { Pool = "local", Kind = "cpu", Cells = 0, Borrow = 0, Lend = 0 }] }],
        });
        string Refused(string tenant, int devices = 1) => Assert.Throws<UserInputException>(() => service.Submit("true", request => request with { Tenant = tenant, Devices = devices })).Message;

        Assert.Equal("quota: mnd/none may hold 0 devices; this needs 1. Change: devices for mnd/none.", Refused("mnd/none"));
        Assert.Equal("quota: mnd/none may hold 0 devices; this needs 1. Change: devices for mnd/none.", Refused("mnd/none/kim"));
        Assert.Equal("budget: the budget of mnd/poor is 0. Change: a budget for mnd/poor.", Refused("mnd/poor"));
        Assert.Equal("quota: mnd/one may hold 1 device; this needs 2. Change: at most 1 device.", Refused("mnd/one", 2));
        // No cell of its own, none to borrow: what is shared is left.
        Assert.Equal(JobPhase.Done, service.Until(service.Submit("true", request => request with { Tenant = "mnd/one" }).Id, job => job.IsOver).Phase);
    }

    [Fact]
    public void Budget_InUse_IsForetoldToEndAndStopsWhatRuns()
    {
        using var service = new TestService(ComputeConfig.Local(1) with { Tenants = [new TenantConfig { Path = "mnd", Budget = new BudgetConfig(GpuHours: 0.5 / 3600, Hard: true) }] });
        var job = service.Submit("trap 'exit 75' TERM; while :; do sleep 0.05; done", request => request with { Tenant = "mnd", Preemptible = true });
        service.Until(job.Id, job => job.Phase == JobPhase.Running);
        Thread.Sleep(100);
        var tenant = service.Service.Tenants(TestService.Operator).Single(tenant => tenant.Path == "mnd");

        Assert.True(tenant.SpentUp >= service.Service.Now - 60);
        var over = service.Until(job.Id, job => job.Attempt == 1 && job.Phase == JobPhase.Pending);
        Assert.Equal(Gate.Budget, service.Service.Explain(over.Id, TestService.Operator)!.Value.Why.Chain[0].Gate);
    }

    [Fact]
    public void Files_OfAJob_AreItsOwnersAndLinksAreNotFollowed()
    {
        using var service = new TestService();
        var job = service.Submit("mkdir -p 결과 && echo 모델 > 결과/model.txt && ln -s /etc link && ln -s /etc/passwd passwd && echo x > 'a b'", request => request with { Tenant = "mnd/personnel" });
        service.Until(job.Id, job => job.Phase == JobPhase.Done);
        var owner = new ApiKey("k", "mnd/personnel", Role.Viewer, "");
        var files = service.Service.Files(job.Id, owner);

        Assert.Equal([new JobFile("a b", 2), new JobFile("결과/model.txt", 7)], files.List());
        Assert.Equal("모델\n", File.ReadAllText(files.PathOf("결과/model.txt")));
        foreach (var path in new[] { "passwd", "link/passwd", "../log", "../../../compute.db", "/etc/passwd", "결과", "none", "결과/../../log", "a\0b" })
            Assert.Throws<KeyNotFoundException>(() => files.PathOf(path));
        Assert.Throws<KeyNotFoundException>(() => service.Service.Files(job.Id, new ApiKey("x", "mnd/finance", Role.Admin, "")));
        var elsewhere = service.Submit("true", request => request with { Folder = service.Folder });
        Assert.Throws<UserInputException>(() => service.Service.Files(elsewhere.Id, TestService.Operator));
    }

    [Fact]
    public void Chaos_ServiceDroppedAtRandom_LosesNothingRunsNothingTwice()
    {
        using var service = new TestService();
        var random = new Random(8);
        for (var i = 0; i < 40; i++) service.Submit("echo $GEOBUK_JOB; sleep 0.0" + (i % 7));

        for (var i = 0; i < 2000 && service.Service.List(TestService.Operator).Any(job => !job.IsOver); i++)
        {
            service.Service.Tick();
            if (random.Next(6) == 0) service.Restart();
            Thread.Sleep(10);
        }

        var jobs = service.Service.List(TestService.Operator);
        Assert.Equal(40, jobs.Count(job => job.Phase == JobPhase.Done));
        Assert.All(jobs, job => Assert.Equal($"{job.Id}\n", service.Log(job.Id)));
        Assert.Null(LedgerEntry.Defect(service.Store.Ledger()));
    }
}
