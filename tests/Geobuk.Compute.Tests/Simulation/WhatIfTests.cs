using Geobuk.Compute.Pools;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;
using Geobuk.Models;

namespace Geobuk.Compute.Tests.Simulation;

/// <summary>What would be if pools, loans, quotas or budgets became others.</summary>
public sealed class WhatIfTests
{
    private static readonly SimulatedPool Two = new("two.json",
        [
            new PoolConfig { Name = "lent", Nodes = [.. Enumerable.Range(0, 2).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = 8 })] },
            new PoolConfig { Name = "own", Nodes = [new NodeConfig { Name = "m0", Kind = "h200", Devices = 8 }] },
        ], []);

    [Theory]
    [InlineData(true, 330, 4 * 30)]
    [InlineData(false, 430, 4 * (100 + 30))]
    public void Pool_ThatShrinks_TakesItsDevicesBack_AndWhoCanKeepsItsWork(bool preemptible, double end, double lost)
    {
        TraceJob[] jobs = [new(0, 200, 4, "a", 200, preemptible), new(0, 200, 4, "a", 200, preemptible)];

        var result = Run("8,+100s=4", jobs);

        // One stays; the other waits for it from 100 to 200 and then needs 30 seconds to come back.
        Assert.Equal(((200 + end) / 2, 1, lost), (result.AverageCompletionSeconds, result.Preemptions, result.LostDeviceSeconds));
        Assert.Equal(1600 / ((8 * 100) + (4 * (end - 100))), result.Utilization, 6);
        Assert.Equal(0, Run("8", jobs).Preemptions);
    }

    [Fact]
    public void Pool_ThatGrows_StartsWhatWaited_AndWhatNeverFitsIsLeftOutAndCounted()
    {
        TraceJob[] jobs = [new(0, 10, 16, "a", 10, false), new(0, 10, 4, "a", 10, false), new(1, 10, 17, "a", 10, false)];

        var result = Run("8,+50s=16", jobs);

        Assert.Equal((2, 1, "17 devices for a worker; the largest node has 16"), (result.Jobs, result.LeftOut, result.LeftOutBecause));
        Assert.Equal([50.0, 0, double.NaN], result.Starts);
        // What waits when the room for it goes never starts, and holds nobody up.
        result = Run("8,+5s=4,+20s=3", [new(0, 10, 3, "a", 10, false), new(1, 10, 8, "a", 10, false), new(2, 10, 3, "a", 10, false)], "fifo");
        Assert.Equal((2, 1), (result.Jobs, result.LeftOut));
        Assert.Equal([0.0, double.NaN, 10], result.Starts);
    }

    [Fact]
    public void OnePoolOfSeveral_KeepsSomeOfItsNodes_AndWhoRanOnTheOthersGoesElsewhere()
    {
        TraceJob[] jobs = [.. Enumerable.Range(0, 3).Select(i => new TraceJob(0, 500, 8, "a", 500, true))];

        var result = Simulator.Run(jobs, "geobuk", Options("two.json,+100s=lent:8"));

        Assert.Equal((1, 3), (result.Preemptions, result.Jobs));
        Assert.Equal(500, result.Starts.Max());
        Assert.Equal([0.0, 0, 500], result.Starts.Order());
        // All of it, and back again.
        Assert.Equal(2, Simulator.Run(jobs, "geobuk", Options("two.json,+100s=lent:0,+200s=two.json")).Preemptions);
    }

    [Fact]
    public void Quota_ThatIsChanged_CountsFromThenOn()
    {
        SimulatedPool Bound(int most) => Two with { Tenants = [new TenantConfig { Path = "a", MaxDevices = most }] };
        TraceJob[] jobs = [new(0, 100, 8, "a", 100, false), new(0, 100, 8, "a", 100, false)];
        var options = new SimulationOptions { Pool = SimulatedPool.Parse("8.json,+30s=16.json", name => Bound(name == "8.json" ? 8 : 16)) };

        Assert.Equal([0.0, 30], Simulator.Run(jobs, "geobuk", options).Starts);
        Assert.Equal([0.0, 100], Simulator.Run(jobs, "geobuk", new SimulationOptions { Pool = Bound(8) }).Starts);
    }

    [Fact]
    public void Loan_ThatEnds_IsEmptiedBefore_AndStartsNothingThatWouldRunBeyond()
    {
        var pool = Two with { Pools = [Two.Pools[0] with { Expires = 1000 + 1000 }, Two.Pools[1]], CheckpointDeadlineSeconds = 100 };
        TraceJob[] jobs =
        [
            new(0, 2000, 8, "a", 500, true) { Pool = "lent", RunClass = "x" }, new(0, 400, 8, "a", 400, true) { Pool = "lent", RunClass = "y" },
            new(500, 600, 8, "a", 600, true) { RunClass = "z" }, new(600, 5000, 8, "a", 5000, true) { Pool = "own", RunClass = "w" },
        ];

        var result = Simulator.Run(new Trace(jobs) { Origin = 1000 }, "geobuk", new SimulationOptions { Pool = pool });

        // The first outruns what was said of it, leaves 100 s before the end, and never comes back; the third would run beyond and goes elsewhere.
        Assert.Equal((3, 1, 1), (result.Jobs, result.Preemptions, result.Unfinished));
        Assert.Equal([0.0, 0, 500, 1100], result.Starts);
        Assert.Equal(1, Simulator.Run(new Trace(jobs) { Origin = 1000 }, "easy", new SimulationOptions { Pool = pool }).Unfinished);
        // From a trace that says no day, or another one, the loan is none.
        Assert.Equal(0, Simulator.Run(jobs, "geobuk", new SimulationOptions { Pool = pool }).Unfinished);
        Assert.Equal(0, Simulator.Run(new Trace(jobs) { Origin = 1000 }, "geobuk", new SimulationOptions { Pool = pool, Origin = -1e6 }).Unfinished);
    }

    [Fact]
    public void Reservation_IsKeptFromWhoWouldRunIntoIt()
    {
        var pool = Two with { Pools = [Two.Pools[1]], Reservations = [new ReservationConfig("b", "own", ["m0"], 1300, 1500)] };
        TraceJob[] jobs = [new(0, 400, 8, "a", 400, false), new(0, 250, 8, "a", 250, false), new(310, 50, 8, "b", 50, false)];

        Assert.Equal([500.0, 0, 310], Simulator.Run(new Trace(jobs) { Origin = 1000 }, "easy", new SimulationOptions { Pool = pool with { Tenants = [new TenantConfig { Path = "a" }, new TenantConfig { Path = "b" }] } }).Starts);
    }

    [Fact]
    public void HardBudget_StopsWhoRuns_AndWhatWaitsForItIsCounted()
    {
        var pool = Two with { Tenants = [new TenantConfig { Path = "a", Budget = new BudgetConfig(GpuHours: 1, Hard: true) }, new TenantConfig { Path = "b" }] };
        TraceJob[] jobs = [new(0, 1000, 8, "a", 1000, true), new(0, 100, 8, "b", 100, false), new(600, 100, 8, "a", 100, false)];

        var result = Simulator.Run(jobs, "geobuk", new SimulationOptions { Pool = pool });

        Assert.Equal((1, 1, 2), (result.Jobs, result.Preemptions, result.Unfinished));
        // Eight devices for 450 seconds are an hour of one.
        Assert.Equal([("a", 0, 3600.0), ("b", 1, 800)], result.Tenants.Select(tenant => (tenant.Tenant, tenant.Jobs, tenant.DeviceSeconds)));
        Assert.Equal(3, Simulator.Run(jobs, "geobuk", new SimulationOptions { Pool = Two }).Jobs);
    }

    /// <summary>Pools, kinds, quotas and cohorts that become others while borrowers and lenders run: each job is over or counted, each device-second held is work or lost.</summary>
    [Theory]
    [InlineData("geobuk")]
    [InlineData("easy")]
    [InlineData("conservative")]
    public void Configurations_ThatFollowEachOtherAtRandom_LoseNoJobAndNoDeviceSecond(string policy)
    {
        var (moved, waiting) = (0, 0);
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var configs = Enumerable.Range(0, 3).Select(_ => Anything(random)).ToList();
            var pool = SimulatedPool.Parse("0.json,+60s=1.json,+120s=2.json,+180s=0.json", name => configs[name[0] - '0']);
            TraceJob[] jobs = [.. Enumerable.Range(0, 80).Select(i => new TraceJob(3 * i, random.Next(1, 90), random.Next(1, 3) * random.Next(1, 5), $"x/{"abc"[random.Next(3)]}", random.Next(1, 120), random.Next(3) > 0)
            {
                Workers = 1, Kind = random.Next(3) == 0 ? "h200" : null, RunClass = $"{random.Next(5)}", Priority = random.Next(4) == 0 ? 80 : 50,
            })];

            var result = Simulator.Run(jobs, policy, new SimulationOptions { Pool = pool, TickSeconds = 10 });

            Assert.Equal(jobs.Length, result.Jobs + result.LeftOut + result.Unfinished);
            Assert.Equal(result.Use.Sum(span => span.Held * span.Seconds), result.Tenants.Sum(tenant => tenant.DeviceSeconds) + result.LostDeviceSeconds, 1e-3);
            Assert.All(result.Use, span => Assert.InRange(span.Held, 0, 64));
            (moved, waiting) = (moved + result.Preemptions, waiting + result.LeftOut + result.Unfinished);
        }
        Assert.True(moved > 60 && waiting < 60 * 40, $"{moved} had to leave, {waiting} were left");
    }

    private static SimulatedPool Anything(Random random)
    {
        NodeConfig Node(int i) => new() { Name = $"n{i}", Kind = random.Next(2) == 0 ? "h200" : "a100", Devices = random.Next(3) == 0 ? 4 : 8 };
        var pools = new[] { "p", "q" }.Select(name => new PoolConfig { Name = name, Nodes = [.. Enumerable.Range(0, random.Next(1, 5)).Select(Node)] }).ToList();
        var left = pools[0].Nodes.GroupBy(node => node.Kind).ToDictionary(kind => kind.Key, kind => kind.Count());
        QuotaConfig Quota(string kind)
        {
            var cells = random.Next(left[kind] + 1);
            left[kind] -= cells;
            return new QuotaConfig { Pool = "p", Kind = kind, Cells = cells };
        }
        return new SimulatedPool("any", pools, [.. "abc".Select(name => new TenantConfig { Path = $"x/{name}", Cohort = random.Next(3) == 0 ? null : "x", Quotas = random.Next(3) == 0 ? [] : [.. left.Keys.ToList().Select(Quota)] })]) { MinRunSeconds = random.Next(60), CheckpointDeadlineSeconds = 5 };
    }

    [Fact]
    public void Cancelled_IsWhoWasInTheTrace_WithWhoComesAfter()
    {
        TraceJob[] jobs = [new(0, 100, 8, "a", 100, false) { Id = 1, Cancelled = 40 }, new(1, 10, 8, "a", 10, false) { Id = 2, After = [1] }, new(2, 10, 8, "a", 10, false) { Id = 3 }, new(3, 10, 8, "a", 10, false) { Id = 4, Cancelled = 41 }];

        var result = Run("8", jobs);

        Assert.Equal((1, 3), (result.Jobs, result.Cancelled));
        Assert.Equal([0.0, double.NaN, 40, double.NaN], result.Starts);
        Assert.Equal(((40 * 8) + 80) / (8.0 * 50), result.Utilization, 6);
    }

    [Fact]
    public void DrainedNode_TakesNothingUntilItIsResumed()
    {
        var trace = new Trace([new(10, 10, 8, "a", 10, false)]) { Origin = 1000, Drains = [new TraceDrain(-5, "own/m0", true), new TraceDrain(70, "own/m0", false)] };

        Assert.Equal([70.0], Simulator.Run(trace, "easy", new SimulationOptions { Pool = Two with { Pools = [Two.Pools[1]] } }).Starts);
    }

    [Theory]
    [InlineData("8,64", "--pool: 8,64, where 64 is no change; expected a time and what the pool is then, such as 2026-11-30=64 or +3d=lent:64.")]
    [InlineData("8,monday=4", "--pool: 8,monday=4: monday is no time; expected a day or time (UTC) such as 2026-11-30 or 2026-11-30T09:00, or +3d, +12h, +90m, +600s after the trace began.")]
    [InlineData("8,+5s=4,+5s=2", "--pool: 8,+5s=4,+5s=2, where +5s is not after the change before it; expected changes in the order of time.")]
    [InlineData("8,2026-11-30=4", "--pool: 8,2026-11-30=4, where a change is on a day, but the trace says no day; expected --start DAY for the day on which it began, or times such as +3d.")]
    [InlineData("8,+5s=two.json", "--pool: 8,+5s=two.json, where two.json is of another kind than 8; expected both numbers or both .json files.")]
    [InlineData("two.json,+5s=near:8", "--pool: two.json,+5s=near:8, where there is no pool near; expected one of lent, own.")]
    [InlineData("two.json,+5s=lent:9", "--pool: two.json,+5s=lent:9, where lent cannot keep 9 of its 16 devices; expected its first nodes as a whole (n0 8, n1 8), and something left in all. What grows needs another file.")]
    [InlineData("two.json,+5s=lent:-8", "--pool: two.json,+5s=lent:-8, where lent:-8 keeps no number of devices; expected such as lent:64.")]
    public void Change_ThatCannotBe_IsRefused(string pool, string message) =>
        Assert.Equal(message, Assert.Throws<UserInputException>(() => Simulator.Run([new(0, 10, 4, "a", null, false)], "easy", Options(pool))).Message);

    [Fact]
    public void Change_OnADay_CountsFromWhenTheTraceBegan()
    {
        var monday = new DateTimeOffset(2026, 11, 30, 9, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        TraceJob[] jobs = [new(0, 10, 8, "a", 10, false), new(0, 10, 16, "a", 10, false)];
        var options = Options("8,2026-11-30T09:00=16");

        Assert.Equal([0.0, 3600], Simulator.Run(new Trace(jobs) { Origin = monday - 3600 }, "easy", options).Starts);
        Assert.Equal([0.0, 60], Simulator.Run(new Trace(jobs) { Origin = 0 }, "easy", options with { Origin = monday - 60 }).Starts);
    }

    [Fact]
    public void Use_OverTime_IsWhatWasThereAndHeldAndWaitedFor()
    {
        var result = Run("8,+1200s=4", [new(0, 1200, 4, "a", 1200, false), new(600, 1200, 8, "a", 1200, false), new(600, 600, 4, "a", 600, false)], "fifo");

        // 1,200 seconds in spans of 60; the second job goes with its room.
        Assert.Equal((30, 60.0), (result.Use.Count, result.Use[0].Seconds));
        Assert.Equal(new UsedSpan(0, 60, 8, 4, 0), result.Use[0]);
        Assert.Equal(new UsedSpan(660, 60, 8, 4, 12), result.Use[11]);
        Assert.Equal(new UsedSpan(1740, 60, 4, 4, 0), result.Use[29]);
        // A month is no longer a list than an hour, and nothing of it is lost.
        var month = Run("8", [new(0, 2_000_000, 6, "a", null, true), new(1_000_000, 600_000, 2, "a", null, true)]).Use;
        Assert.InRange(month.Count, 100, 256);
        Assert.Equal(6 * 2_000_000.0 + 2 * 600_000, month.Sum(span => span.Held * span.Seconds), 1e-3);
        Assert.Equal(2_000_000 * 8.0, month.Sum(span => span.There * span.Seconds), 1e-3);
    }

    [Fact]
    public void Table_HasALineForEachResultOrTenant_AndThePictureARow()
    {
        var results = new[] { "8", "8,+50s=4" }.Select(pool => Run(pool, [new(0, 100, 4, "a", null, true), new(0, 100, 4, "b", null, true)])).ToList();

        var lines = SimulationTable.Csv(results, byTenant: false).Split('\n');
        Assert.Equal("pool,load,policy,jobs,average_wait_seconds,p95_wait_seconds,average_completion_seconds,bounded_slowdown,utilization,preemptions,lost_device_seconds,left_out,cancelled,stopped,unfinished,foretold_jobs,foretold_coverage", lines[0]);
        Assert.StartsWith("8,100,geobuk,2,0,0,100,1,1,0,0,0,0,0,0,,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("\"8,+50s=4\",100,geobuk,2,", lines[2], StringComparison.Ordinal);
        Assert.Equal(["pool,load,policy,tenant,jobs,average_wait_seconds,average_completion_seconds,bounded_slowdown,device_seconds", "8,100,geobuk,a,1,0,100,1,400", "8,100,geobuk,b,1,0,100,1,400"], SimulationTable.Csv(results[..1], byTenant: true).TrimEnd().Split('\n'));
        var picture = System.Xml.Linq.XDocument.Parse(SimulationTable.Picture(results));
        Assert.Equal(6, picture.Descendants().Count(element => element.Name.LocalName == "path"));
        Assert.Contains(picture.Descendants(), element => element.Value == "geobuk on 8,+50s=4");
    }

    [Fact]
    public void Run_Cancelled_EndsAtOnce() =>
        Assert.Throws<OperationCanceledException>(() => Simulator.Run([new(0, 10, 4, "a", null, false)], "easy", Options("8"), null, new CancellationToken(canceled: true)));

    private static SimulationOptions Options(string pool) => new() { Pool = SimulatedPool.Parse(pool, name => name == "two.json" ? Two : throw new InvalidOperationException(name)) };

    private static SimulationResult Run(string pool, IReadOnlyList<TraceJob> jobs, string policy = "geobuk") => Simulator.Run(jobs, policy, Options(pool));
}
