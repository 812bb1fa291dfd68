using System.Diagnostics;
using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Tenants;
using Geobuk.Compute.Wording;
using Geobuk.Models;

namespace Geobuk.Compute.Simulation;

/// <summary>
/// The scheduler alone on a full cluster with a full queue: twenty tenants, eight of them with a twelfth of the nodes each, jobs of
/// one to sixteen devices. In each pass some of those who run have ended and as many new ones have come as started.
/// </summary>
public static class SchedulerBenchmark
{
    private const int Devices = 8, Tenants = 20, Guaranteed = 8, EndedPerPass = 400, WarmUp = 20;

    /// <summary>Measures.</summary>
    /// <exception cref="UserInputException">A number is out of range.</exception>
    public static SchedulerSpeed Run(int nodes, int queued, int cycles)
    {
        if (nodes is < 1 or > 100_000 || queued is < 1 or > 1_000_000 || cycles is < 1 or > 1_000_000)
            throw new UserInputException($"bench: {Counted.Of(nodes, "node")}, {queued} queued, {Counted.Of(cycles, "cycle")}; expected at least one of each and at most 100000, 1000000 and 1000000.");
        var pool = new PoolConfig { Name = "pool", Nodes = [.. Enumerable.Range(0, nodes).Select(i => new NodeConfig { Name = $"n{i}", Kind = "gpu", Devices = Devices, Island = $"i{i / 32}" })] };
        var tenants = Enumerable.Range(0, Tenants).Select(i => new TenantConfig
        {
            Path = $"org{i % 5}/t{i}", Cohort = "all",
            Quotas = i < Guaranteed ? [new QuotaConfig { Pool = "pool", Kind = "gpu", Cells = nodes / 12 }] : [],
        }).ToList();
        var state = new ClusterState([pool], tenants);
        var scheduler = new JobScheduler(Policies.Of(Policies.Default), new RunHistory());
        var (random, next, now, decided) = (new Random(8), 0L, 0.0, 0L);
        var times = new List<double>();

        void Submit()
        {
            int[] sizes = [1, 1, 1, 2, 4, 8];
            var gang = random.Next(20) == 0;
            scheduler.Enqueue(state, new JobState(new JobSpec
            {
                Id = next++, Tenant = tenants[random.Next(Tenants)].Path, Workers = gang ? 2 : 1, DevicesPerWorker = gang ? Devices : sizes[random.Next(sizes.Length)],
                Preemptible = random.Next(2) == 0, EstimateSeconds = random.Next(60, 20_000),
            }, now), now);
        }

        for (var cycle = -WarmUp; cycle < cycles; cycle++)
        {
            now += 30;
            for (var i = 0; i < EndedPerPass && state.Running.Count > 0; i++) state.Release(state.Running[random.Next(state.Running.Count)], now);
            while (state.Pending.Count < queued) Submit();
            var from = Stopwatch.GetTimestamp();
            var decisions = scheduler.Step(state, now);
            foreach (var decision in decisions) scheduler.Apply(state, decision, now);
            var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
            foreach (var preempt in decisions.OfType<PreemptJob>())
            {
                state.Release(preempt.Job, now);
                scheduler.Enqueue(state, preempt.Job, now);
            }
            if (cycle < 0) continue;
            times.Add(seconds);
            decided += decisions.Count;
        }
        var total = times.Sum();
        times.Sort();
        return new SchedulerSpeed(nodes, queued, cycles, decided, decided / total, 1000 * times[times.Count / 2], 1000 * times[(int)(0.99 * (times.Count - 1))]);
    }
}
