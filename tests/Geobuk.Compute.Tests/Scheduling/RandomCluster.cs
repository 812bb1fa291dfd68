using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Tests.Scheduling;

/// <summary>Several pools of several kinds and sizes, with labels, loans, drained nodes, budgets, bounds and cohorts, and a queue on them.</summary>
internal sealed class RandomCluster
{
    private static readonly string[] Kinds = ["h200", "a100"];

    private readonly Random _random;
    private long _next = 1;

    public RandomCluster(int seed)
    {
        _random = new Random(seed);
        var pools = Enumerable.Range(0, _random.Next(1, 4)).Select(i => new PoolConfig
        {
            Name = $"p{i}", Accreditation = (DataLabel)_random.Next(3), Expires = _random.Next(4) == 0 ? _random.Next(5000, 40_000) : null,
            Nodes = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(n => new NodeConfig { Name = $"n{n}", Kind = Kinds[_random.Next(2)], Devices = _random.Next(3) == 0 ? 4 : 8, Island = $"i{n / 2}" })],
        }).ToList();
        var left = pools.SelectMany(pool => pool.Nodes.Select(node => (Pool: pool.Name, node.Kind))).GroupBy(cell => cell).ToDictionary(cells => cells.Key, cells => cells.Count());
        var tenants = Enumerable.Range(0, 4).Select(i => new TenantConfig
        {
            Path = $"t{i}",
            Cohort = _random.Next(3) == 0 ? null : "all",
            MaxDevices = _random.Next(4) == 0 ? _random.Next(1, 24) : null,
            Budget = _random.Next(6) == 0 ? new BudgetConfig(GpuHours: _random.Next(1, 20)) : null,
            Quotas = [.. left.Keys.ToList().Where(_ => _random.Next(3) == 0).Select(cell =>
            {
                var cells = _random.Next(0, left[cell] + 1);
                left[cell] -= cells;
                return new QuotaConfig { Pool = cell.Pool, Kind = cell.Kind, Cells = cells, Borrow = _random.Next(3) == 0 ? _random.Next(0, 2) : null, Lend = _random.Next(3) == 0 ? _random.Next(0, cells + 1) : null };
            })],
        }).ToList();
        State = new ClusterState(pools, tenants);
        Scheduler = new JobScheduler(Policies.Of(Policies.Default), new RunHistory());
        foreach (var node in State.Nodes.Where(_ => _random.Next(8) == 0)) node.Healthy = false;
        for (var round = 0; round < 5; round++)
        {
            for (var i = _random.Next(1, 6); i > 0; i--) Submit();
            Settle(Scheduler, State, Now);
            Now += _random.Next(1, 3000);
            foreach (var job in State.Running.Where(_ => _random.Next(4) == 0).ToList())
            {
                Scheduler.Learn(job, job.Worked(Now));
                State.Release(job, Now);
            }
        }
        for (var i = _random.Next(1, 4); i > 0; i--) Submit();
    }

    public ClusterState State { get; }

    public JobScheduler Scheduler { get; }

    public double Now { get; private set; }

    /// <summary>Carries out all that the scheduler wants; who is asked to leave does so at once. Gives who started.</summary>
    public static HashSet<long> Settle(JobScheduler scheduler, ClusterState state, double now)
    {
        var started = new HashSet<long>();
        List<string> last = [];
        for (var i = 0; i < 100; i++)
        {
            var decisions = scheduler.Step(state, now);
            last = [.. last.TakeLast(8), .. Told(decisions)];
            if (decisions.Count == 0) return started;
            foreach (var decision in decisions)
            {
                scheduler.Apply(state, decision, now);
                if (decision is StartJob)
                {
                    started.Add(decision.Job.Spec.Id);
                    continue;
                }
                decision.Job.DoneSeconds = decision.Job.Worked(now);
                state.Release(decision.Job, now);
                if (decision is PreemptJob) scheduler.Enqueue(state, decision.Job, now);
            }
        }
        throw new InvalidOperationException($"the scheduler does not come to rest: {string.Join("; ", last)}");
    }

    /// <summary>What was decided, in words that tell decisions apart.</summary>
    public static IEnumerable<string> Told(IEnumerable<Decision> decisions) => decisions.Select(decision => decision switch
    {
        StartJob start => $"start {start.Job.Spec.Id} on {start.Placement.Charge} {string.Join(",", start.Placement.Shares)}",
        PreemptJob preempt => $"preempt {preempt.Job.Spec.Id} for {preempt.For?.Spec.Id}: {preempt.Reason}",
        _ => $"stop {decision.Job.Spec.Id}",
    });

    private void Submit()
    {
        int[] sizes = [1, 2, 4, 8];
        var spec = new JobSpec
        {
            Id = _next++, Tenant = $"t{_random.Next(5)}", Workers = _random.Next(3) == 0 ? _random.Next(1, 5) : 1, DevicesPerWorker = sizes[_random.Next(4)],
            Kind = _random.Next(2) == 0 ? Kinds[_random.Next(2)] : null, Pool = _random.Next(4) == 0 ? $"p{_random.Next(State.Groups.Select(group => group.Pool).Distinct().Count())}" : null,
            Label = _random.Next(3) == 0 ? (DataLabel)_random.Next(3) : DataLabel.Open, Priority = _random.Next(4) == 0 ? _random.Next(0, 101) : 50, Topology = (Topology)_random.Next(3),
            EstimateSeconds = _random.Next(2) == 0 ? _random.Next(10, 20_000) : null, Preemptible = _random.Next(2) == 0, RunClass = _random.Next(2) == 0 ? $"c{_random.Next(4)}" : "",
        };
        if (Admission.Misfit(State, spec, Now) is { Gate: Gate.Size }) return;
        Scheduler.Enqueue(State, new JobState(spec, Now), Now);
    }
}
