using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;
using Geobuk.Compute.Tests.Service;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Compute.Tests.Simulation;

/// <summary>What the service did, replayed from its own journal.</summary>
public sealed class JournalTests
{
    private static readonly ComputeConfig Config = new()
    {
        Pools =
        [
            new PoolConfig { Name = "lent", Nodes = [.. Enumerable.Range(0, 4).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8, Island = $"i{i / 2}" })] },
            new PoolConfig { Name = "own", Accreditation = DataLabel.Classified, Nodes = [new NodeConfig { Name = "m0", Kind = "a100", Devices = 4 }, new NodeConfig { Name = "m1", Kind = "h200", Devices = 8 }] },
        ],
        Tenants =
        [
            new TenantConfig { Path = "mnd/a", Cohort = "mnd", Quotas = [new QuotaConfig { Pool = "lent", Kind = "h200", Cells = 1 }] },
            new TenantConfig { Path = "mnd/b", Cohort = "mnd", MaxDevices = 16 },
        ],
    };

    /// <summary>Times of the virtual clock are whole seconds, at each of which the service looks until nothing happens: the starts are the same to a thousandth.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Replay_UnderTheSamePolicy_StartsEachJobWhenTheServiceDid(int seed)
    {
        var time = new VirtualTime();
        var engine = new VirtualEngine(time);
        using var service = new TestService(Config, _ => engine, time);
        // TestService takes no minimum run; neither does the replay.
        var random = new Random(seed);
        var jobs = new List<JobRecord>();
        for (var second = 0; second < 4000 && (second < 300 || service.Service.List(TestService.Operator).Any(job => !job.IsOver)); second++)
        {
            time.Seconds = second;
            if (second < 300 && random.Next(6) == 0) jobs.Add(Submit(service, random, jobs));
            // What ended and what can start then; what victims left; and what that sets free.
            for (var i = 0; i < 6; i++) service.Service.Tick();
        }
        jobs = [.. jobs.Select(job => service.Job(job.Id))];
        Assert.All(jobs, job => Assert.Equal(JobPhase.Done, job.Phase));
        Assert.Contains(jobs, job => job.Preemptions > 0);
        Assert.Contains(jobs, job => job.Started - job.Submitted > 60 && job.Request.Workers > 1);

        var result = Replay(Config, jobs, []);
        Assert.Equal(jobs.Sum(job => job.Preemptions), result.Preemptions);
    }

    /// <summary>A loan that ends, a reservation, a budget that stops who runs, nodes drained and resumed, jobs that fail, are cancelled, or come after such.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Replay_OfWhatOperatorsAndCalendarDid_StartsEachJobWhenTheServiceDid(int seed)
    {
        const double begins = 1_800_000_000;
        var config = Config with
        {
            Pools = [.. Config.Pools, new PoolConfig { Name = "short", Expires = begins + 350, Nodes = [new NodeConfig { Name = "s0", Kind = "h200", Devices = 8 }, new NodeConfig { Name = "s1", Kind = "h200", Devices = 8 }] }],
            Tenants = [.. Config.Tenants, new TenantConfig { Path = "mnd/c", Budget = new BudgetConfig(GpuHours: 4000 / 3600.0, Hard: true) }],
            Reservations = [new ReservationConfig("mnd/a", "lent", ["n2", "n3"], begins + 250, begins + 420)],
            CheckpointDeadlineSeconds = 20,
        };
        var (time, random) = (new VirtualTime(), new Random(seed));
        var engine = new VirtualEngine(time);
        using var service = new TestService(config, _ => engine, time);
        var jobs = new List<JobRecord>();
        for (var second = 0; second < 4000 && (second < 500 || service.Service.List(TestService.Operator).Any(job => !job.IsOver)); second++)
        {
            time.Seconds = second;
            if (second < 400 && random.Next(5) == 0) jobs.Add(Submit(service, random, jobs, isRough: true));
            if (jobs.Count > 0 && random.Next(40) == 0) service.Service.Cancel(jobs[random.Next(jobs.Count)].Id, TestService.Operator);
            if (second % 60 == 30) service.Service.SetHealth("lent", $"n{random.Next(4)}", healthy: random.Next(2) == 0, TestService.Operator);
            // Whose budget is spent waits for ever.
            if (second == 800)
                foreach (var job in jobs) service.Service.Cancel(job.Id, TestService.Operator);
            for (var i = 0; i < 6; i++) service.Service.Tick();
        }
        jobs = [.. jobs.Select(job => service.Job(job.Id))];
        Assert.Contains(jobs, job => job.Reason?.ToString().StartsWith("ran ", StringComparison.Ordinal) == true);
        Assert.Contains(jobs, job => job.Reason?.ToString().StartsWith("exit code 1", StringComparison.Ordinal) == true);
        Assert.Contains(jobs, job => job is { Phase: JobPhase.Cancelled, Started: null });
        Assert.Contains(jobs, job => job is { Phase: JobPhase.Cancelled, Tenant: "mnd/c", Preemptions: > 0 });

        var result = Replay(config, jobs, service.Service.Audit(TestService.Operator));

        Assert.Equal(jobs.Sum(job => job.Preemptions), result.Preemptions);
        var stopped = jobs.Count(job => job.Reason?.ToString().StartsWith("ran ", StringComparison.Ordinal) == true);
        Assert.Equal((jobs.Count(job => job.Phase != JobPhase.Cancelled) - stopped, jobs.Count(job => job.Phase == JobPhase.Cancelled), stopped, 0, 0), (result.Jobs, result.Cancelled, result.Stopped, result.Unfinished, result.LeftOut));
    }

    [Fact]
    public void Lines_OfAJobThatWasCancelledWhileItWaitedToGoOn_CountWhatItWorked()
    {
        var time = new VirtualTime();
        var engine = new VirtualEngine(time);
        using var service = new TestService(ComputeConfig.Local(1), _ => engine, time);
        var first = service.Service.Submit(new JobRequest { Command = ["sleep", "100"], Preemptible = true, Priority = 10 }, TestService.Operator);
        service.Service.Tick();
        time.Seconds = 40;
        var urgent = service.Service.Submit(new JobRequest { Command = ["sleep", "500"], Priority = 90 }, TestService.Operator);
        for (var i = 0; i < 4; i++) service.Service.Tick();
        time.Seconds = 400;
        service.Service.Cancel(first.Id, TestService.Operator);
        time.Seconds = 540;
        service.Service.Tick();

        Assert.Equal([40, 500], Journal.Lines(new[] { first, urgent }.Select(job => service.Job(job.Id))).Select(line => new JournalFormat().Read(line)!.Seconds));
    }

    [Fact]
    public void Lines_OfJobsThatAreNotOver_HaveWhatIsExpectedOfThem()
    {
        var time = new VirtualTime();
        var engine = new VirtualEngine(time);
        using var service = new TestService(ComputeConfig.Local(2), _ => engine, time);
        long Submit(string seconds, double? estimate, string name = "") => service.Service.Submit(new JobRequest { Command = ["sleep", seconds], Name = name, EstimateSeconds = estimate }, TestService.Operator).Id;
        long[] ids = [Submit("10", 99), Submit("30", 99)];
        for (var second = 0; second <= 30; time.Seconds = ++second) service.Service.Tick();
        // Their like ran 20 s on average; one of which 300 s were said has run longer; of the last nobody knows anything.
        ids = [.. ids, Submit("1000", 99), Submit("1000", 300, "b"), Submit("1000", null, "c")];
        service.Service.Tick();
        time.Seconds = 431;
        var jobs = ids.Select(id => service.Job(id)).ToList();

        var lines = Journal.Lines(jobs, null, service.Service.Now).ToList();
        File.WriteAllLines(service.Folder + ".jsonl", lines);
        var trace = TraceReader.Read(service.Folder + ".jsonl", "journal");
        File.Delete(service.Folder + ".jsonl");

        Assert.Equal([10.0, 30, 800, 800, 3600], trace.Jobs.Select(job => job.Seconds));
        Assert.EndsWith(": 3 jobs were not over when it was written; each is taken to run as long as was expected of it then", Assert.Single(trace.Remarks), StringComparison.Ordinal);
        Assert.Equal(20, new JournalFormat().Read(Journal.Lines(jobs, null, service.Service.Now - 400).ElementAt(2))!.Seconds);
        Assert.Equal(2, Journal.Lines(jobs).Count());
    }

    [Fact]
    public void Read_JournalOfAnEarlierVersion_IsReadAsBefore()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """{"submitted":5,"seconds":7,"devices":16,"tenant":"mnd","estimate":null,"preemptible":true}""" + "\n");

        Assert.Equal([new TraceJob(0, 7, 16, "mnd", null, true)], TraceReader.Read(file, "journal").Jobs);
        File.WriteAllText(file, """{"submitted":5,"seconds":7,"devices":16,"tenant":"mnd","workers":3}""" + "\n");
        Assert.Contains(":1: a line that is not of the format journal (16 devices for 3 workers)", Assert.Throws<UserInputException>(() => TraceReader.Read(file, "journal")).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void Replay_OnAPoolOfWhichOnlyNumbersAreKnown_KeepsGangsAndLeavesNames()
    {
        TraceJob[] trace = [new(0, 100, 8, "t", 100, false) { Workers = 2, Kind = "h200", Pool = "lent", Label = DataLabel.Classified }];

        // Two workers of four: on nodes of four they take both.
        Assert.Equal([0.0], Simulator.Run(trace, "easy", new SimulationOptions { Pool = SimulatedPool.Parse("2x4") }).Starts);
        Assert.Throws<UserInputException>(() => Simulator.Run(trace, "easy", new SimulationOptions { Pool = SimulatedPool.Parse("8x1") with { IsAnonymous = false } }));
        Assert.Equal([0.0], Simulator.Run(trace, "easy", new SimulationOptions { Pool = SimulatedPool.Parse("8x1") }).Starts);
    }

    /// <summary>Replays the journal of a service, by which each job starts as it did.</summary>
    private static SimulationResult Replay(ComputeConfig config, List<JobRecord> jobs, IReadOnlyList<AuditEntry> audit)
    {
        var file = Path.GetTempFileName();
        File.WriteAllLines(file, Journal.Lines(jobs, audit));
        var trace = TraceReader.Read(file, "journal");
        File.Delete(file);
        Assert.Equal(jobs.Count, trace.Jobs.Count);
        var pool = new SimulatedPool("pools.json", config.Pools, config.Tenants) { Reservations = config.Reservations, MinRunSeconds = 0, CheckpointDeadlineSeconds = config.CheckpointDeadlineSeconds };
        var result = Simulator.Run(trace, Policies.Default, new SimulationOptions { Pool = pool, RestartSeconds = 0, TickSeconds = 1, LookSeconds = 1 });
        var first = jobs.Min(job => job.Submitted);
        foreach (var (job, started) in jobs.OrderBy(job => job.Submitted).Zip(result.Starts))
            Assert.True(job.Started is null ? double.IsNaN(started) : Math.Abs(job.Started.Value - first - started) < 1e-3, $"job {job.Id} started at {job.Started - first} and in the replay at {started}: {job.Request} {job.Phase} {job.Reason}");
        return result;
    }

    private static JobRecord Submit(TestService service, Random random, List<JobRecord> before, bool isRough = false)
    {
        var workers = random.Next(3) == 0 ? random.Next(2, 4) : 1;
        var request = new JobRequest
        {
            Command = ["sleep", $"{random.Next(5, 120)}"],
            Tenant = random.Next(2) == 0 ? "mnd/a" : "mnd/b",
            Workers = workers,
            Devices = workers > 1 ? 4 : random.Next(1, 9),
            Kind = random.Next(3) == 0 ? "h200" : null,
            Pool = random.Next(4) == 0 ? "lent" : null,
            Topology = workers > 1 ? (Topology)random.Next(3) : Topology.Any,
            Priority = random.Next(4) == 0 ? 80 : 50,
            EstimateSeconds = random.Next(5, 200),
            Preemptible = random.Next(2) == 0,
            After = before.Count > 0 && random.Next(6) == 0 ? [before[^1].Id] : [],
        };
        if (isRough)
        {
            var (tenant, command) = (random.Next(3) == 0 ? "mnd/c" : request.Tenant, request.Preemptible ? "keep" : random.Next(6) == 0 ? "fail" : "lose");
            request = request with { Tenant = tenant, Command = [.. request.Command, command], MaxRunSeconds = random.Next(8) == 0 ? random.Next(10, 100) : null };
        }
        if (request is { Workers: 1, Devices: <= 4, Pool: null, Kind: not null }) request = request with { Kind = "a100" };
        if (request is { Workers: 1, Pool: null } && random.Next(4) == 0) request = request with { Label = DataLabel.Sensitive };
        if (request is { Workers: 3, Topology: Topology.Node }) request = request with { Topology = Topology.Island };
        return service.Service.Submit(request, TestService.Operator);
    }
}
