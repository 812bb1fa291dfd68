using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Tests.Scheduling;

/// <summary>What may be taken of pools with several kinds and sizes of nodes, of nodes that shrank, and of what is soon others'.</summary>
public sealed class CapacityTests
{
    [Theory]
    [InlineData(null, null, 3)]
    [InlineData(1, null, 1)]
    [InlineData(null, 1, 1)]
    [InlineData(2, 2, 2)]
    public void Borrowing_OfAKindWithNodesOfSeveralSizes_IsLimitedOverAllOfThem(int? borrow, int? lend, int started)
    {
        var pool = new PoolConfig
        {
            Name = "pool",
            Nodes = [new NodeConfig { Name = "large", Kind = "h200", Devices = 8 }, new NodeConfig { Name = "small", Kind = "h200", Devices = 4 }, new NodeConfig { Name = "least", Kind = "h200", Devices = 2 }],
        };
        var bench = new Bench(pool: pool, tenants: [Bench.Tenant("a", 3, lend: lend), Bench.Tenant("b", 0, borrow: borrow)]);
        var jobs = new List<JobState>();
        foreach (var devices in new[] { 8, 4, 2 })
        {
            jobs.Add(bench.Submit(devices, tenant: "b", preemptible: true));
            bench.Settle();
        }
        Assert.Equal(started, jobs.Count(job => job.IsRunning));

        // What the lender takes into use of one size leaves less to lend of all.
        bench.Now = 10;
        var own = bench.Submit(8, tenant: "a");
        bench.Settle();
        Assert.True(own.IsRunning);
        Assert.True(jobs.Where(job => job.IsRunning).Sum(job => job.Spec.Devices / (double)bench.State.Groups[bench.State.Nodes[job.Placement!.Shares[0].Node].Group].CellDevices) <= Math.Min(borrow ?? 2, lend ?? 2));
    }

    [Fact]
    public void Limits_OfOneKind_SayNothingAboutAnotherOfThePool()
    {
        var pool = new PoolConfig
        {
            Name = "pool",
            Nodes = [.. new[] { "h200", "a100" }.SelectMany(kind => Enumerable.Range(0, 2).Select(i => new NodeConfig { Name = $"{kind}{i}", Kind = kind, Devices = 8 }))],
        };
        QuotaConfig Quota(string kind, int cells, int? borrow = null) => new() { Pool = "pool", Kind = kind, Cells = cells, Borrow = borrow };
        var bench = new Bench(pool: pool, tenants:
        [
            new TenantConfig { Path = "a", Cohort = "all", Quotas = [Quota("h200", 1, borrow: 0), Quota("a100", 0)] }, new TenantConfig { Path = "b", Cohort = "all", Quotas = [Quota("h200", 1), Quota("a100", 2)] },
            // Of a100 nothing is said for c.
            new TenantConfig { Path = "c", Cohort = "all", Quotas = [Quota("h200", 0, borrow: 0)] },
        ]);

        var jobs = new[] { "a", "a", "c", "a", "c" }.Select(tenant => bench.Submit(8, tenant: tenant, preemptible: true)).ToList();
        bench.Settle();

        // a has its own h200 and borrows an a100, c the other a100; no more h200 is lent to either.
        Assert.Equal([("a", "a100", true), ("a", "h200", false), ("c", "a100", true)], jobs.Where(job => job.IsRunning)
            .Select(job => (job.Spec.Tenant, bench.State.Nodes[job.Placement!.Shares[0].Node].Config.Kind, job.Placement.Charge.Borrowed)).Order());
    }

    [Fact]
    public void Node_ConfiguredSmallerWhileItIsFull_TakesNothingUntilItsJobsEnd_AndHoldsUpNoOther()
    {
        var bench = new Bench(pool: new PoolConfig { Name = "pool", Nodes = [new NodeConfig { Name = "n0", Kind = "h200", Devices = 4 }, new NodeConfig { Name = "n1", Kind = "h200", Devices = 4 }] });
        JobState Found(int devices, long id)
        {
            var job = new JobState(new JobSpec { Id = id, Tenant = "t", DevicesPerWorker = devices, EstimateSeconds = 1000 }, 0);
            bench.Scheduler.Restore(bench.State, job, new Placement(new Charge(NodeGroup.Shared, false), [new Share(0, devices)]), 0, 1);
            return job;
        }
        var (first, second) = (Found(4, 100), Found(4, 101));

        // Eight are held of four: the other node is as free as it is.
        var other = bench.Submit(4);
        var waits = bench.Submit(2);
        bench.Settle();
        Assert.True(other.IsRunning && !waits.IsRunning);

        bench.Finish(first);
        bench.Settle();
        Assert.False(waits.IsRunning);
        bench.Finish(second);
        bench.Settle();
        Assert.True(waits.IsRunning);
    }

    [Fact]
    public void Loan_InItsLastSeconds_StartsNothingOnlyToAskItToLeaveAgain()
    {
        var bench = new Bench(pool: Bench.Pools(2, 8) with { Expires = 100 });
        var brief = bench.Submit(1, estimate: 10, preemptible: true);

        Assert.Empty(bench.Settle());
        Assert.False(brief.IsRunning);
    }

    [Fact]
    public void Node_ReservedSoon_StartsNothingThatItWouldAskToLeaveAtOnce()
    {
        var bench = new Bench(nodes: 1, reservations: [new ReservationConfig("a", "pool", ["n0"], 100, 2000)]);
        var brief = bench.Submit(1, estimate: 10, preemptible: true);
        var fixedly = bench.Submit(1, estimate: 10);

        Assert.Single(bench.Settle());
        Assert.True(fixedly.IsRunning && !brief.IsRunning);
    }

    [Fact]
    public void Node_ReservedSoon_IsNotEmptiedForWhoMayNotStayThere()
    {
        var bench = new Bench(nodes: 1, reservations: [new ReservationConfig("a", "pool", ["n0"], 2500, 4000)]);
        var own = bench.Submit(8, tenant: "a", preemptible: true, estimate: 9000);
        bench.Settle();
        bench.Now = 2450;
        var urgent = bench.Submit(3, tenant: "b", priority: 80, estimate: 10, preemptible: true);

        Assert.Empty(bench.Settle());
        Assert.True(own.IsRunning && !urgent.IsRunning);
    }

    [Fact]
    public void Claim_ThatAReservationHasComeTooNearFor_IsNotTaken()
    {
        var bench = new Bench(nodes: 1, reservations: [new ReservationConfig("a", "pool", ["n0"], 2500, 4000)]);
        var victim = bench.Submit(8, tenant: "b", preemptible: true, estimate: 2400);
        bench.Settle();
        bench.Now = 2250;
        var urgent = bench.Submit(8, tenant: "b", priority: 80, estimate: 200);
        Assert.Equal(victim, Assert.Single(bench.Settle(leave: false)).Job);
        bench.Now = 2360;
        bench.Leave(victim);

        Assert.DoesNotContain(bench.Settle(), decision => decision.Job == urgent);
    }

    /// <summary>From the placements and the quotas as they are configured alone.</summary>
    [Fact]
    public void Clusters_OfSeveralPoolsKindsAndSizes_KeepGuaranteesAndLimits()
    {
        var borrowing = 0;
        for (var seed = 0; seed < 400; seed++)
        {
            var cluster = new RandomCluster(seed);
            RandomCluster.Settle(cluster.Scheduler, cluster.State, cluster.Now);
            var state = cluster.State;
            foreach (var node in state.Nodes) Assert.True(state.Running.Sum(job => job.DevicesOn(node.Index)) <= node.Config.Devices, $"seed {seed}: {node.Config.Name} holds more than it has");
            foreach (var kind in state.Nodes.GroupBy(node => (Pool: state.Groups[node.Group].Pool.Name, node.Config.Kind)))
            {
                double Worth(IEnumerable<JobState> jobs) => jobs.Sum(job => kind.Sum(node => (double)job.DevicesOn(node.Index) / node.Config.Devices));
                var (lent, lendable) = (0.0, 0.0);
                for (var slot = 0; slot < state.Slots.Count; slot++)
                {
                    var quota = slot == 0 ? null : state.Tenants[state.Slots[slot]].Config.Quotas.FirstOrDefault(quota => quota.Pool == kind.Key.Pool && quota.Kind == kind.Key.Kind);
                    var firm = state.Running.Where(job => job.Placement!.Charge == new Charge(slot, false)).ToList();
                    var cells = kind.Count(node => firm.Exists(job => job.DevicesOn(node.Index) > 0));
                    var guaranteed = slot == 0 ? kind.Count() - state.Tenants.SelectMany(tenant => tenant.Config.Quotas).Where(other => other.Pool == kind.Key.Pool && other.Kind == kind.Key.Kind).Sum(other => other.Cells) : quota?.Cells ?? 0;
                    Assert.True(cells <= guaranteed, $"seed {seed}: slot {slot} has {cells} nodes of {kind.Key} and is guaranteed {guaranteed}");
                    var borrowed = Worth(state.Running.Where(job => job.Placement!.Charge == new Charge(slot, true)));
                    Assert.True(quota?.Borrow is not { } most || borrowed <= most + 1e-6, $"seed {seed}: slot {slot} borrows {borrowed} nodes' worth of {kind.Key} and may {quota?.Borrow}");
                    lent += borrowed;
                    if (quota is not null && state.Tenants[state.Slots[slot]].Config.Cohort is not null) lendable += Math.Min(quota.Lend ?? quota.Cells, quota.Cells);
                }
                Assert.True(lent <= lendable + 1e-6, $"seed {seed}: {lent} nodes' worth of {kind.Key} are lent and {lendable} may be");
                if (lent > 0) borrowing++;
            }
        }
        Assert.True(borrowing > 20, $"only {borrowing} kinds lent anything");
    }
}
