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
        var (time, engine) = (new VirtualTime(), new VirtualEngine());
        engine.Time = time;
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

        var file = Path.GetTempFileName();
        File.WriteAllLines(file, Journal.Lines(jobs));
        var trace = TraceReader.Read(file, "journal");
        File.Delete(file);
        var pool = new SimulatedPool("pools.json", Config.Pools, Config.Tenants) { MinRunSeconds = 0, CheckpointDeadlineSeconds = Config.CheckpointDeadlineSeconds };
        var result = Simulator.Run(trace, Policies.Default, new SimulationOptions { Pool = pool, RestartSeconds = 0, TickSeconds = 1 });

        var first = jobs.Min(job => job.Submitted);
        foreach (var (job, started) in jobs.OrderBy(job => job.Submitted).Zip(result.Starts))
            Assert.True(Math.Abs(job.Started!.Value - first - started) < 1e-3, $"job {job.Id} started at {job.Started - first} and in the replay at {started}: {job.Request}");
        Assert.Equal(jobs.Sum(job => job.Preemptions), result.Preemptions);
    }

    [Fact]
    public void Lines_OfAJobThatWasCancelledWhileItWaitedToGoOn_CountWhatItWorked()
    {
        var (time, engine) = (new VirtualTime(), new VirtualEngine());
        engine.Time = time;
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

        Assert.Equal([40, 500], Journal.Lines(new[] { first, urgent }.Select(job => service.Job(job.Id))).Select(line => Journal.Read(line).Seconds));
    }

    [Fact]
    public void Read_JournalOfAnEarlierVersion_IsReadAsBefore()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """{"submitted":5,"seconds":7,"devices":16,"tenant":"mnd","estimate":null,"preemptible":true}""" + "\n");

        Assert.Equal([new TraceJob(0, 7, 16, "mnd", null, true)], TraceReader.Read(file, "journal"));
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

    private static JobRecord Submit(TestService service, Random random, List<JobRecord> before)
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
        if (request is { Workers: 1, Devices: <= 4, Pool: null, Kind: not null }) request = request with { Kind = "a100" };
        if (request is { Workers: 1, Pool: null } && random.Next(4) == 0) request = request with { Label = DataLabel.Sensitive };
        if (request is { Workers: 3, Topology: Topology.Node }) request = request with { Topology = Topology.Island };
        return service.Service.Submit(request, TestService.Operator);
    }

    private sealed class VirtualTime : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(1_800_000_000 + Seconds);
    }

    /// <summary>Jobs that sleep for as long as they say, by the virtual clock, and leave at once when they are asked.</summary>
    private sealed class VirtualEngine : IComputeEngine
    {
        private readonly Dictionary<long, double> _left = [];
        private readonly Dictionary<(long, int), (double Since, bool Asked)> _runs = [];

        public VirtualTime Time { get; set; } = new();

        public void Start(EngineJob job)
        {
            _left.TryAdd(job.Id, double.Parse(job.Command[1], System.Globalization.CultureInfo.InvariantCulture));
            _runs[(job.Id, job.Attempt)] = (Time.Seconds, false);
        }

        public EngineStatus Status(EngineJob job)
        {
            var (since, asked) = _runs[(job.Id, job.Attempt)];
            if (Time.Seconds - since >= _left[job.Id]) return new EngineStatus(EngineState.Exited);
            if (!asked) return new EngineStatus(EngineState.Running);
            _left[job.Id] -= Time.Seconds - since;
            return new EngineStatus(EngineState.Exited, EngineStatus.Requeue);
        }

        public bool Fence(EngineJob job) => !_runs.ContainsKey((job.Id, job.Attempt));

        public void AskToLeave(EngineJob job) => _runs[(job.Id, job.Attempt)] = _runs[(job.Id, job.Attempt)] with { Asked = true };

        public void Kill(EngineJob job) => AskToLeave(job);

        public string LogFile(long job) => Path.Combine(Path.GetTempPath(), $"geobuk-virtual-{job}");

        public Idleness? Idleness(EngineJob job) => null;

        public CheckpointReport? Report(EngineJob job) => null;
    }
}
