using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Tests.Scheduling;

/// <summary>A small cluster to try the scheduler on: submit, step, let time pass.</summary>
internal sealed class Bench
{
    private long _next;

    public Bench(int nodes = 4, int devices = 8, IReadOnlyList<TenantConfig>? tenants = null, SchedulerConfig? config = null, PoolConfig? pool = null, IReadOnlyList<ReservationConfig>? reservations = null)
    {
        Pool = pool ?? Pools(nodes, devices);
        State = new ClusterState([Pool], tenants ?? [], reservations);
        Scheduler = new JobScheduler(config ?? Policies.Of(Policies.Default), new RunHistory());
    }

    public PoolConfig Pool { get; }

    public ClusterState State { get; }

    public JobScheduler Scheduler { get; }

    public double Now { get; set; }

    public static PoolConfig Pools(int nodes, int devices, int perIsland = 2) => new()
    {
        Name = "pool",
        Nodes = [.. Enumerable.Range(0, nodes).Select(i => new NodeConfig { Name = $"n{i}", Kind = "h200", Devices = devices, Island = $"i{i / perIsland}" })],
    };

    public static TenantConfig Tenant(string path, int cells, int? borrow = null, int? lend = null, string? cohort = "all") =>
        new() { Path = path, Cohort = cohort, Quotas = [new QuotaConfig { Pool = "pool", Kind = "h200", Cells = cells, Borrow = borrow, Lend = lend }] };

    public JobState Submit(int devices, int workers = 1, string tenant = "t", int priority = 50, bool preemptible = false, double? estimate = 3600, Topology topology = Topology.Any, DataLabel label = DataLabel.Open, double maxRun = double.PositiveInfinity, string? kind = null)
    {
        var job = new JobState(new JobSpec
        {
            Id = _next++, Tenant = tenant, Workers = workers, DevicesPerWorker = devices, Priority = priority, Preemptible = preemptible,
            EstimateSeconds = estimate, Topology = topology, Label = label, MaxRunSeconds = maxRun, Kind = kind,
        }, Now);
        Scheduler.Enqueue(State, job, Now);
        return job;
    }

    /// <summary>Steps until nothing more happens; victims leave at once where asked to.</summary>
    public List<Decision> Settle(bool leave = true)
    {
        var all = new List<Decision>();
        for (var i = 0; i < 100; i++)
        {
            var decisions = Scheduler.Step(State, Now);
            if (decisions.Count == 0) return all;
            foreach (var decision in decisions)
            {
                Scheduler.Apply(State, decision, Now);
                if (decision is PreemptJob preempt && leave) Leave(preempt.Job);
                if (decision is StopJob stop) State.Release(stop.Job, Now);
            }
            all.AddRange(decisions);
            if (!leave && decisions.All(decision => decision is PreemptJob)) return all;
        }
        Assert.Fail("the scheduler does not come to rest");
        return all;
    }

    public void Leave(JobState job)
    {
        job.DoneSeconds = job.Worked(Now);
        State.Release(job, Now);
        Scheduler.Enqueue(State, job, Now);
    }

    public void Finish(JobState job) => State.Release(job, Now);
}
