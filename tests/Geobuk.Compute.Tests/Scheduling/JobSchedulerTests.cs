using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Tests.Scheduling;

public sealed class JobSchedulerTests
{
    [Fact]
    public void Cells_WhoseOwnerHasJobsForThem_AreNotLentFirst()
    {
        // The owner used much, so the others' turn comes first.
        var bench = new Bench(4, tenants: [Bench.Tenant("owner", 4), Bench.Tenant("guest", 0)]);
        bench.State.Spent("owner", 1e9, 0, 0);
        var guests = Enumerable.Range(0, 30).Select(_ => bench.Submit(4, tenant: "guest", preemptible: true)).ToList();
        var owners = Enumerable.Range(0, 6).Select(_ => bench.Submit(4, tenant: "owner")).ToList();

        var decisions = bench.Scheduler.Step(bench.State, bench.Now);

        Assert.Equal((6, 2), (decisions.Count(decision => decision is StartJob start && owners.Contains(start.Job)), decisions.Count(decision => decision is StartJob start && guests.Contains(start.Job))));
        Assert.DoesNotContain(decisions, decision => decision is PreemptJob);
    }

    [Fact]
    public void Job_ThatComesBackAfterARestart_CountsWithWhatItHasDone()
    {
        var bench = new Bench(1);
        var job = new JobState(bench.Submit(1).Spec with { Id = 99 }, 0) { DoneSeconds = 500 };

        bench.Scheduler.Enqueue(bench.State, job, 0);

        Assert.Equal(500, job.Run!.Worked(0));
    }

    [Fact]
    public void Borrower_TakenBackAgainAndAgain_KeepsAwayEverLongerButNotFromItsOwnCells()
    {
        var bench = new Bench(2, tenants: [Bench.Tenant("lender", 1), Bench.Tenant("borrower", 1)], config: Policies.Of(Policies.Default) with { MinRunSeconds = 600 });
        var own = bench.Submit(8, tenant: "borrower", estimate: 1e6);
        var guest = bench.Submit(8, tenant: "borrower", preemptible: true, estimate: 1e6);
        var rests = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            bench.Settle();
            Assert.True(guest.IsRunning);
            bench.Now += 30;
            var back = bench.Submit(8, tenant: "lender");
            bench.Settle();
            Assert.True(back.IsRunning && !guest.IsRunning);
            bench.State.Release(back, bench.Now);
            bench.Settle();
            rests.Add(Math.Max(0, guest.BorrowsFrom - bench.Now));
            if (guest.IsRunning) continue;
            Assert.Contains($"borrows again in {rests[^1]:0} s", new Explainer(bench.State, bench.Scheduler, guest, bench.Now).Chain()[1].Found.ToString(), StringComparison.Ordinal);
            bench.Now = guest.BorrowsFrom;
        }
        Assert.Equal([0, 0, 60, 120, 240], rests);
        bench.State.Release(own, bench.Now - 1);
        bench.Now -= 1;
        bench.Settle();

        Assert.Equal((true, false), (guest.IsRunning, guest.Placement!.Charge.Borrowed));
    }

    [Fact]
    public void Kind_AskedForOrNot_GpusAreForWhoeverAsksForThem()
    {
        var bench = new Bench(pool: new PoolConfig { Name = "pool", Nodes = [new() { Name = "gpus", Kind = "h200", Devices = 2 }, new() { Name = "this", Kind = "cpu", Devices = 2 }, new() { Name = "old", Kind = "a100", Devices = 1 }] });
        var jobs = new[] { bench.Submit(1), bench.Submit(1, kind: "gpu"), bench.Submit(1, kind: "a100"), bench.Submit(1, kind: "cpu"), bench.Submit(1), bench.Submit(1, kind: "gpu") };
        bench.Settle();

        Assert.Equal(["this", "gpus", "old", "this", "gpus", null], jobs.Select(job => job.Placement is { } placement ? bench.State.Nodes[placement.Shares[0].Node].Config.Name : null));
        Assert.Contains("the largest node has 2", Admission.Misfit(bench.State, new JobSpec { Id = 9, Tenant = "t", DevicesPerWorker = 3, Kind = "gpu" }, bench.Now)!.Found.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Step_AskedTwice_DecidesTheSameAndChangesNothing()
    {
        var bench = new Bench();
        for (var i = 1; i < 9; i++) bench.Submit(i % 4 + 1, workers: i % 3 + 1);
        var before = bench.State.Version;

        var first = bench.Scheduler.Step(bench.State, 0);
        var second = bench.Scheduler.Step(bench.State, 0);

        Assert.Equal(first.Select(Describe), second.Select(Describe));
        Assert.NotEmpty(first);
        Assert.Equal(before, bench.State.Version);
    }

    [Fact]
    public void Gang_ThatDoesNotFitAsAWhole_StartsNothing()
    {
        var bench = new Bench(nodes: 2);
        bench.Submit(8);
        bench.Settle();

        var gang = bench.Submit(8, workers: 2);

        Assert.Empty(bench.Settle());
        Assert.False(gang.IsRunning);
    }

    [Fact]
    public void Gangs_TwoThatOnlyFitOneAfterTheOther_BothRunInTheEnd()
    {
        var bench = new Bench(nodes: 3);
        var a = bench.Submit(8, workers: 2);
        var b = bench.Submit(8, workers: 2);

        bench.Settle();
        Assert.True(a.IsRunning);
        Assert.False(b.IsRunning);
        bench.Now = 3600;
        bench.Finish(a);
        bench.Settle();

        Assert.True(b.IsRunning);
    }

    [Fact]
    public void Gang_Waiting_IsNotStarvedBySmallJobs()
    {
        var bench = new Bench(nodes: 2);
        var small = Enumerable.Range(0, 16).Select(i => bench.Submit(1, estimate: 1000 + i)).ToList();
        bench.Settle();
        var gang = bench.Submit(8, workers: 2, estimate: 1000);

        for (var hour = 0; hour < 20 && !gang.IsRunning; hour++)
        {
            bench.Now += 500;
            for (var i = 0; i < 8; i++) small.Add(bench.Submit(1, estimate: 1000));
            foreach (var job in small.Where(job => job.IsRunning && bench.Now - job.Started >= job.Spec.EstimateSeconds).ToList()) bench.Finish(job);
            bench.Settle();
        }

        Assert.True(gang.IsRunning);
        Assert.True(bench.Now <= 2000, $"started at {bench.Now}");
    }

    [Fact]
    public void Backfill_ShortJob_PassesAGangWithoutDelayingIt()
    {
        var bench = new Bench(nodes: 2, config: Policies.Of("easy"));
        var running = bench.Submit(8, estimate: 1000);
        bench.Settle();
        var gang = bench.Submit(8, workers: 2, estimate: 1000);
        var fits = bench.Submit(8, estimate: 900);
        var tooLong = bench.Submit(8, estimate: 1100);

        bench.Settle();

        Assert.True(running.IsRunning && fits.IsRunning);
        Assert.False(gang.IsRunning || tooLong.IsRunning);
    }

    [Fact]
    public void Island_Asked_KeepsTheGangTogether()
    {
        var bench = new Bench(nodes: 4);
        bench.Submit(8, topology: Topology.Node);
        bench.Settle();

        var gang = bench.Submit(8, workers: 2, topology: Topology.Island);
        bench.Settle();

        Assert.Equal([1], gang.Placement!.Shares.Select(share => bench.State.Nodes[share.Node].Island).Distinct());
    }

    [Fact]
    public void Packing_SmallJobs_LeaveWholeNodesFree()
    {
        var bench = new Bench(nodes: 4);
        for (var i = 0; i < 4; i++)
        {
            bench.Submit(2);
            bench.Settle();
        }

        Assert.Equal(3, bench.State.Nodes.Count(node => node.Jobs.Count == 0));
    }

    [Fact]
    public void Quota_IsWholeCells_SoThatOthersNeverFragmentIt()
    {
        // Two tenants of two nodes each. B spreads small jobs; A's gang of two whole nodes starts all the same, as it would alone.
        var bench = new Bench(nodes: 4, tenants: [Bench.Tenant("a", 2), Bench.Tenant("b", 2)]);
        for (var i = 0; i < 8; i++)
        {
            bench.Submit(1, tenant: "b");
            bench.Settle();
        }

        var gang = bench.Submit(8, workers: 2, tenant: "a");
        bench.Settle();

        Assert.True(gang.IsRunning);
    }

    [Fact]
    public void Borrowing_OnlyJobsThatCanLeave_AndTheLenderGetsItsCellsBack()
    {
        var bench = new Bench(nodes: 4, tenants: [Bench.Tenant("a", 2), Bench.Tenant("b", 2)]);
        var own = bench.Submit(8, workers: 2, tenant: "b");
        var borrower = bench.Submit(8, workers: 2, tenant: "b", preemptible: true);
        var stubborn = bench.Submit(8, tenant: "b");
        bench.Settle();
        Assert.True(own.IsRunning && borrower.IsRunning && !stubborn.IsRunning);
        Assert.True(borrower.Placement!.Charge.Borrowed);

        var owner = bench.Submit(8, workers: 2, tenant: "a");
        var decisions = bench.Settle();

        Assert.True(owner.IsRunning);
        Assert.False(borrower.IsRunning);
        Assert.Contains(decisions, decision => decision is PreemptJob preempt && preempt.Job == borrower && preempt.For == owner);
    }

    [Theory]
    [InlineData(null, 1, 1)]
    [InlineData(1, null, 1)]
    [InlineData(0, null, 0)]
    [InlineData(null, null, 2)]
    public void Borrowing_StopsAtTheLimitsOfBothSides(int? borrow, int? lend, int started)
    {
        var bench = new Bench(nodes: 4, tenants: [Bench.Tenant("a", 2, lend: lend), Bench.Tenant("b", 2, borrow: borrow)]);
        bench.Submit(8, workers: 2, tenant: "b");
        var jobs = Enumerable.Range(0, 3).Select(_ => bench.Submit(8, tenant: "b", preemptible: true)).ToList();

        bench.Settle();

        Assert.Equal(started, jobs.Count(job => job.IsRunning));
    }

    [Fact]
    public void Victims_AreThoseThatLoseLeast()
    {
        var bench = new Bench(nodes: 2);
        var costly = bench.Submit(8, preemptible: true, priority: 10);
        var cheap = bench.Submit(8, preemptible: true, priority: 10);
        costly.CheckpointSeconds = 300;
        cheap.CheckpointSeconds = 10;
        bench.Settle();
        bench.Now = 4000;

        var urgent = bench.Submit(8, priority: 90);
        bench.Settle();

        Assert.True(urgent.IsRunning && costly.IsRunning);
        Assert.False(cheap.IsRunning);
    }

    [Fact]
    public void TwoClaimsOnOneNode_WhoseVictimsLeaveOneAfterTheOther_NeverTogetherHoldMoreThanItHas()
    {
        var bench = new Bench(nodes: 1);
        var victims = Enumerable.Range(0, 2).Select(_ => bench.Submit(4, preemptible: true, priority: 10)).ToList();
        bench.Settle();
        bench.Now = 4000;
        var urgent = Enumerable.Range(0, 2).Select(_ => bench.Submit(4, priority: 90)).ToList();
        Assert.Equal(2, bench.Settle(leave: false).Concat(bench.Settle(leave: false)).OfType<PreemptJob>().Count());

        bench.Leave(victims[0]);
        bench.Settle(leave: false);

        Assert.Equal((1, 8), (urgent.Count(job => job.IsRunning), bench.State.Running.Sum(job => job.Spec.Devices)));
        bench.Leave(victims[1]);
        bench.Settle(leave: false);
        Assert.True(urgent.TrueForAll(job => job.IsRunning));
    }

    [Fact]
    public void NodeThatIsReserved_IsEmptiedInTimeOfThoseWhoCanLeave()
    {
        var bench = new Bench(nodes: 1, tenants: [new TenantConfig { Path = "vip" }, new TenantConfig { Path = "t" }], reservations: [new ReservationConfig("vip", "pool", ["n0"], 1000, 5000)]);
        var guest = bench.Submit(8, preemptible: true, estimate: 10);
        bench.Settle();
        Assert.True(guest.IsRunning);
        bench.Now = 900;
        var vip = bench.Submit(8, tenant: "vip");

        var asked = Assert.Single(bench.Settle(leave: false).OfType<PreemptJob>());

        Assert.Equal((guest, "node n0 is reserved for others from now on"), (asked.Job, asked.Reason.ToString()));
        bench.Leave(guest);
        bench.Settle();
        Assert.True(vip.IsRunning);
        Assert.False(guest.IsRunning);
    }

    [Fact]
    public void LargeJob_IsNotPromisedALoanThatEndsBeforeItWould()
    {
        var state = new ClusterState([Bench.Pools(1, 8) with { Name = "lent", Expires = 1000 }, Bench.Pools(1, 8) with { Name = "own" }], []);
        var scheduler = new JobScheduler(Policies.Of("easy"), new RunHistory());
        JobState Submit(long id, int devices, double estimate, string? pool = null)
        {
            var job = new JobState(new JobSpec { Id = id, Tenant = "t", Workers = 1, DevicesPerWorker = devices, Pool = pool, EstimateSeconds = estimate }, id);
            scheduler.Enqueue(state, job, id);
            foreach (var decision in scheduler.Step(state, id)) scheduler.Apply(state, decision, id);
            return job;
        }

        Assert.True(Submit(0, 8, 50, "lent").IsRunning && Submit(1, 4, 100, "own").IsRunning);
        var large = Submit(2, 8, 3000);
        var small = Submit(3, 4, 5000);

        // Half of the own node is free, but it is where the large one must start.
        Assert.False(large.IsRunning || small.IsRunning);
    }

    [Fact]
    public void FreedDevices_AreKeptForWhomTheyWereFreed()
    {
        var bench = new Bench(nodes: 1);
        var victim = bench.Submit(8, preemptible: true, priority: 10);
        bench.Settle();
        bench.Now = 4000;
        var urgent = bench.Submit(8, priority: 60);
        bench.Settle(leave: false);
        var thief = bench.Submit(4, priority: 60, estimate: 1);
        bench.Now += 10;
        bench.Leave(victim);

        bench.Settle();

        Assert.True(urgent.IsRunning);
        Assert.False(thief.IsRunning);
    }

    [Fact]
    public void Claimant_WhoseVictimIsStillLeaving_StopsNobodyElse()
    {
        var bench = new Bench(nodes: 3);
        bench.Submit(8, preemptible: true, priority: 10);
        var half = bench.Submit(4, priority: 10);
        bench.Submit(4, priority: 10);
        bench.Submit(8, preemptible: true, priority: 10);
        bench.Settle();
        bench.Now = 4000;
        bench.Submit(8, priority: 60);
        bench.Settle(leave: false);
        bench.Now += 10;
        bench.Finish(half);
        var other = bench.Submit(4, priority: 60, estimate: 1);

        bench.Settle(leave: false);

        Assert.True(other.IsRunning);
    }

    [Fact]
    public void Claim_WhoseVictimDoesNotLeave_Lapses()
    {
        var bench = new Bench(nodes: 2);
        var victim = bench.Submit(8, preemptible: true, priority: 10);
        var other = bench.Submit(8, priority: 10);
        bench.Settle();
        bench.Now = 4000;
        var urgent = bench.Submit(8, priority: 60);
        bench.Settle(leave: false);
        Assert.NotNull(urgent.Claim);
        bench.Now += 1000;
        bench.Finish(other);

        bench.Settle(leave: false);

        Assert.True(urgent.IsRunning);
        Assert.True(victim.IsRunning);
    }

    [Fact]
    public void MinimumRun_ProtectsWhoJustStarted()
    {
        var bench = new Bench(nodes: 1);
        var running = bench.Submit(8, preemptible: true, priority: 10);
        bench.Settle();
        var urgent = bench.Submit(8, priority: 90);
        bench.Settle();
        Assert.True(running.IsRunning);

        bench.Now = bench.Scheduler.Config.MinRunSeconds;
        bench.Settle();

        Assert.True(urgent.IsRunning);
    }

    [Fact]
    public void FairShare_WhoUsedLess_GoesFirst()
    {
        var bench = new Bench(nodes: 1, tenants: [new TenantConfig { Path = "a" }, new TenantConfig { Path = "b" }]);
        var first = bench.Submit(8, tenant: "a");
        bench.Settle();
        var again = bench.Submit(8, tenant: "a");
        var other = bench.Submit(8, tenant: "b");
        bench.Now = 3600;
        bench.Finish(first);

        bench.Settle();

        Assert.True(other.IsRunning);
        Assert.False(again.IsRunning);
    }

    [Fact]
    public void Label_AboveThePool_NeverStartsAndIsRefusedBeforeAnythingElse()
    {
        var bench = new Bench(pool: Bench.Pools(2, 8) with { Accreditation = DataLabel.Sensitive });
        var secret = bench.Submit(1, label: DataLabel.Classified);
        bench.Settle();

        Assert.False(secret.IsRunning);
        Assert.Equal(Gate.Label, Admission.Refusal(bench.State, secret, 0)!.Gate);
    }

    [Theory]
    [InlineData(9, 1, Topology.Any)]
    [InlineData(8, 5, Topology.Any)]
    [InlineData(4, 3, Topology.Node)]
    public void Size_LargerThanAnyPool_IsSaidAtOnce(int devices, int workers, Topology topology)
    {
        var bench = new Bench();

        var refusal = Admission.Misfit(bench.State, new JobSpec { Id = 1, Tenant = "t", DevicesPerWorker = devices, Workers = workers, Topology = topology }, 0);

        Assert.Equal(Gate.Size, refusal!.Gate);
        Assert.NotNull(refusal.Change);
    }

    [Fact]
    public void MaximumRun_Over_StopsTheJob()
    {
        var bench = new Bench();
        var job = bench.Submit(1, maxRun: 100);
        bench.Settle();
        bench.Now = 100;

        Assert.IsType<StopJob>(Assert.Single(bench.Scheduler.Step(bench.State, bench.Now)));
        Assert.True(job.IsRunning);
    }

    [Fact]
    public void MaximumRun_IsOfAllStartsTogether_AndWhatWasLostDoesNotCount()
    {
        var bench = new Bench();
        var job = bench.Submit(1, maxRun: 100, preemptible: true);
        bench.Settle();
        bench.Now = 60;
        bench.Leave(job);
        bench.Settle();
        bench.Now = 90;
        // Ninety seconds, of which the last thirty are lost with its node.
        bench.State.Release(job, bench.Now);
        bench.Scheduler.Enqueue(bench.State, job, bench.Now);
        bench.Settle();
        bench.Now = 129;
        Assert.Empty(bench.Scheduler.Step(bench.State, bench.Now));
        bench.Now = 130;

        Assert.Equal("ran 100 s in 3 starts; at most 100 s were asked for", Assert.IsType<StopJob>(Assert.Single(bench.Scheduler.Step(bench.State, bench.Now))).Reason.ToString());
    }

    [Fact]
    public void Loan_ThatEndsTooSoon_TakesOnlyWhatEndsBefore()
    {
        var bench = new Bench(pool: Bench.Pools(2, 8) with { Expires = 5000 });
        var fits = bench.Submit(1, estimate: 4000);
        var not = bench.Submit(1, estimate: 6000);

        bench.Settle();

        Assert.True(fits.IsRunning);
        Assert.False(not.IsRunning);
    }

    [Fact]
    public void Reservation_KeepsItsNodesForItsTenant()
    {
        var bench = new Bench(nodes: 1, reservations: [new ReservationConfig("a", "pool", ["n0"], 1000, 2000)]);
        var other = bench.Submit(8, tenant: "b", estimate: 1500);
        var brief = bench.Submit(4, tenant: "b", estimate: 900);
        var own = bench.Submit(4, tenant: "a/x", estimate: 1500);

        bench.Settle();

        Assert.True(own.IsRunning && brief.IsRunning);
        Assert.False(other.IsRunning);
    }

    [Fact]
    public void Budget_Spent_StartsNothingMore_AndAHardOneStopsWhatRuns()
    {
        var bench = new Bench(tenants: [new TenantConfig { Path = "t", Budget = new BudgetConfig(GpuHours: 8, Hard: true) }]);
        var job = bench.Submit(8, preemptible: true);
        bench.Settle();
        bench.Now = 3600;
        var next = bench.Submit(1);

        var decisions = bench.Settle();

        Assert.Contains(decisions, decision => decision is PreemptJob { For: null } preempt && preempt.Job == job);
        Assert.False(next.IsRunning);
        Assert.Equal(Gate.Budget, Admission.Refusal(bench.State, next, bench.Now)!.Gate);
    }

    private static string Describe(Decision decision) => decision switch
    {
        StartJob start => $"start {start.Job.Spec.Id} on {string.Join(",", start.Placement.Shares)}",
        PreemptJob preempt => $"preempt {preempt.Job.Spec.Id} for {preempt.For?.Spec.Id}",
        _ => $"stop {decision.Job.Spec.Id}",
    };
}
