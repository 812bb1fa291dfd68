using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Tenants;
using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Tests.Scheduling;

public sealed class ExplainerTests
{
    [Fact]
    public void Copy_OfAnyCluster_IsDecidedAboutAsTheClusterIs()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var cluster = new RandomCluster(seed);
            var copy = ClusterCopy.Of(cluster.State);

            Assert.Equal(RandomCluster.Told(cluster.Scheduler.Step(cluster.State, cluster.Now)), RandomCluster.Told(cluster.Scheduler.Step(copy, cluster.Now)));
        }
    }

    /// <summary>What is named is done to the cluster, and the job starts; where nothing is named, nobody's end alone starts it.</summary>
    [Fact]
    public void Change_NamedForAnyWaitingJob_StartsIt()
    {
        var (named, after, none) = (new HashSet<string>(), 0, 0);
        for (var seed = 0; seed < 300; seed++)
        {
            var cluster = new RandomCluster(seed);
            RandomCluster.Settle(cluster.Scheduler, cluster.State, cluster.Now);
            var before = cluster.State.Version;
            foreach (var job in cluster.State.Pending.ToList())
            {
                var why = new Explainer(cluster.State, cluster.Scheduler, job, cluster.Now).Explain(_ => true);

                Assert.NotEmpty(why.Chain);
                Assert.True((why.Change is null) != (why.Blocker is null), $"seed {seed}, job {job.Spec.Id}: {why}");
                if (why.Tried is { } change)
                {
                    Assert.True(StartsWith(cluster, job, change), $"seed {seed}, job {job.Spec.Id}: {change}");
                    named.Add(change.Words.ToString().Split(' ')[0]);
                    if (change.Gone.Count > 1) after++;
                    continue;
                }
                none++;
                foreach (var running in cluster.State.Running) Assert.False(StartsWith(cluster, job, new Change(Statement.Quoted("")) { Gone = [running.Spec.Id] }), $"seed {seed}, job {job.Spec.Id}: {why} though {running.Spec.Id} would do");
            }
            Assert.Equal(before, cluster.State.Version);
        }
        Assert.True(named.Count > 8 && after > 0 && none > 0, $"{string.Join(", ", named)}; {after} after several, {none} never");
    }

    [Fact]
    public void Tenant_WhereNothingIsGuaranteedToAnybody_WaitsForDevicesAlone()
    {
        var bench = new Bench(nodes: 1);
        var first = bench.Submit(8, estimate: 500);
        bench.Settle();

        var why = Why(bench, bench.Submit(8));

        Assert.Equal((Gate.Gang, "0 devices are free in one place; it needs 8"), (Assert.Single(why.Chain).Gate, why.Chain[0].Found.ToString()));
        Assert.Equal($"the end of job {first.Spec.Id}, expected in 500 s", why.Change?.ToString());
    }

    [Fact]
    public void Cohort_ThatLendsNothing_IsNotNamed()
    {
        // The other tenant's cells are all in use: in its cohort there is nothing to be had, but when either job has ended there is.
        var bench = new Bench(nodes: 2, tenants: [Bench.Tenant("a", 1, cohort: null), Bench.Tenant("b", 1)]);
        var (own, other) = (bench.Submit(8, tenant: "a", estimate: 500), bench.Submit(8, tenant: "b", estimate: 100));
        bench.Settle();
        var waiting = bench.Submit(8, tenant: "a", preemptible: true);
        bench.Settle();

        var why = Why(bench, waiting);
        Assert.Equal([Gate.Quota, Gate.Cohort, Gate.Gang], why.Chain.Select(link => link.Gate));
        Assert.Equal($"the end of job {own.Spec.Id}, expected in 500 s", why.Change?.ToString());

        // Nothing of b runs: now its cohort would help.
        bench.Finish(other);
        Assert.Equal("cohort all for a", Why(bench, waiting).Change?.ToString());
    }

    [Fact]
    public void Reservation_OfOthers_IsWhatHoldsTheJob()
    {
        var bench = new Bench(nodes: 1, reservations: [new ReservationConfig("vip", "pool", ["n0"], 500, 2000)]);
        var waiting = bench.Submit(8, estimate: 1000);
        bench.Settle();

        var why = Why(bench, waiting);

        Assert.Equal((Gate.Reservation, "pool/n0 is reserved for others from 500 s from now until 2000 s from now, and it is expected to run 1000 s"), (why.Chain[0].Gate, why.Chain[0].Found.ToString()));
        Assert.Matches("^an estimate of (4[89][0-9]|500) s instead of 1000 s$", why.Change?.ToString());
    }

    [Theory]
    [InlineData("guest", 1, 1, true, "guest is guaranteed 0 devices of those that suit it, 0 are shared, and it is in no cohort that would lend it more; this needs 1 x 1")]
    [InlineData("a", 8, 2, false, "a is guaranteed 8 devices of those that suit it, 0 are shared, and only jobs that can checkpoint may borrow more; this needs 2 x 8")]
    [InlineData("a", 8, 3, true, "a is guaranteed 8 devices of those that suit it, 0 are shared, and cohort all lends no more; this needs 3 x 8")]
    [InlineData("a/user", 8, 2, true, null)]
    [InlineData("a/user", 8, 1, false, null)]
    public void Job_ThatNoAccountCouldEverPayFor_IsRefusedAtOnce(string tenant, int devices, int workers, bool preemptible, string? found)
    {
        var bench = new Bench(nodes: 3, tenants: [Bench.Tenant("a", 1), Bench.Tenant("b", 2, lend: 1)]);

        var refusal = Admission.NeverAllowed(bench.State, new JobSpec { Id = 1, Tenant = tenant, DevicesPerWorker = devices, Workers = workers, Preemptible = preemptible });

        Assert.Equal(found, refusal?.Found.ToString());
    }

    [Fact]
    public void Job_ThatMayNotStartYet_WaitsForItsTimeAlone()
    {
        var bench = new Bench();
        var waiting = bench.Submit(1);
        waiting.NotBefore = 4;

        var why = Why(bench, waiting);

        Assert.Equal("starts again in 4 s at the earliest", Assert.Single(why.Chain).Found.ToString());
        Assert.Equal((null, null), (why.Change, why.Blocker));
    }

    [Fact]
    public void Job_ForWhichAnotherIsLeaving_WaitsForThat()
    {
        var bench = new Bench(nodes: 2);
        var victim = bench.Submit(8, preemptible: true, priority: 10);
        bench.Submit(4, priority: 10);
        bench.Settle();
        bench.Now = 4000;
        var urgent = bench.Submit(8, priority: 90);
        bench.Settle(leave: false);

        var why = Why(bench, urgent);

        Assert.Equal(Gate.Handover, Assert.Single(why.Chain).Gate);
        Assert.Equal($"the end of job {victim.Spec.Id}, expected in 120 s", why.Change?.ToString());
    }

    [Fact]
    public void Bound_OfATenant_IsRaisedByWhatItTakesAndNoMore()
    {
        var bench = new Bench(nodes: 2, tenants: [new TenantConfig { Path = "a", MaxDevices = 6 }]);
        bench.Submit(4, tenant: "a");
        bench.Settle();
        var waiting = bench.Submit(1, workers: 2, tenant: "a", topology: Topology.Node);
        bench.Settle();
        Assert.True(waiting.IsRunning);
        var wide = bench.Submit(3, tenant: "a");

        Assert.Equal(Gate.Quota, Assert.Single(Why(bench, wide).Chain).Gate);
        Assert.Equal("3 more devices that a may hold, 9 instead of 6", Why(bench, wide).Change?.ToString());
    }

    [Fact]
    public void Estimate_ThatPassesTheFirst_IsNamedAsLongAsItMayBe()
    {
        var bench = new Bench(nodes: 2);
        bench.Submit(8, estimate: 1000);
        bench.Settle();
        bench.Submit(8, workers: 2, estimate: 1000);
        var tooLong = bench.Submit(8, estimate: 5000);
        bench.Settle();

        var why = Why(bench, tooLong);

        Assert.Contains("would fit, but the devices are for jobs that go before it", why.Chain[^1].Found.ToString(), StringComparison.Ordinal);
        Assert.Matches("^an estimate of (9[5-9][0-9]|1000) s instead of 5000 s$", why.Change?.ToString());
    }

    [Fact]
    public void Blockers_OfAnotherTenant_AreNotNumbered()
    {
        var bench = new Bench(nodes: 2);
        bench.Submit(8, tenant: "x", estimate: 100);
        bench.Submit(8, tenant: "y", estimate: 200);
        bench.Settle();
        var gang = bench.Submit(8, workers: 2, tenant: "z");
        bench.Settle();

        var why = new Explainer(bench.State, bench.Scheduler, gang, 0).Explain(tenant => tenant == "x");

        Assert.Null(why.Change);
        Assert.Equal("no single change that was tried starts it; it starts after the end of job 0 and a job of another tenant, expected in 200 s", why.Blocker?.ToString());
    }

    [Fact]
    public void Budgets_BothSpent_AreBothTold_AndNoSingleChangeIsNamed()
    {
        var bench = new Bench(tenants: [new TenantConfig { Path = "a", Budget = new BudgetConfig(GpuHours: 8) }, new TenantConfig { Path = "a/b", Budget = new BudgetConfig(GpuHours: 4) }]);
        var job = bench.Submit(8, tenant: "a/b");
        bench.Settle();
        bench.Now = 3600;
        bench.Finish(job);
        var waiting = bench.Submit(1, tenant: "a/b");

        var why = Why(bench, waiting);

        Assert.Equal(["a/b has used 8 of 4 device hours", "a has used 8 of 8 device hours"], why.Chain.Select(link => link.Found.ToString()));
        Assert.Null(why.Change);
        Assert.StartsWith("no single change that was tried starts it; what holds it: a has used 8 of 8", why.Blocker?.ToString(), StringComparison.Ordinal);
    }

    private static Explanation Why(Bench bench, JobState job) => new Explainer(bench.State, bench.Scheduler, job, bench.Now).Explain(_ => true);

    private static bool StartsWith(RandomCluster cluster, JobState waiting, Change change)
    {
        var copy = ClusterCopy.Of(cluster.State, change.Tenant);
        var job = copy.Pending.Single(other => other.Spec.Id == waiting.Spec.Id);
        if (change.Spec is { } spec)
        {
            copy.Dequeue(job);
            cluster.Scheduler.Enqueue(copy, job.Copy(spec), cluster.Now);
        }
        if (change.Node is { } node) copy.Nodes[node].Healthy = true;
        foreach (var running in copy.Running.Where(other => change.Gone.Contains(other.Spec.Id)).ToList()) copy.Release(running, cluster.Now);
        return RandomCluster.Settle(cluster.Scheduler, copy, cluster.Now).Contains(waiting.Spec.Id);
    }
}
