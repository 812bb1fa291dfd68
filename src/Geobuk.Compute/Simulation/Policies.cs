using Geobuk.Compute.Scheduling;
using Geobuk.Models;

namespace Geobuk.Compute.Simulation;

/// <summary>Policies by name: the service's own, and the field's, to compare with.</summary>
public static class Policies
{
    /// <summary>What the service runs.</summary>
    public const string Default = "geobuk";

    private const double Quantum = 300;

    private static readonly Dictionary<string, SchedulerConfig> ByName = new(StringComparer.Ordinal)
    {
        [Default] = new SchedulerConfig
        {
            Order = JobOrder.Learned, Backfill = Backfill.Easy, OldestFirst = true, Preempts = true, Hysteresis = 3.5, MinRunSeconds = 1800,
            PreemptionBudget = 1000, FairShare = true, StarvationSeconds = 90 * 86400,
        },
        ["fifo"] = new SchedulerConfig { Order = JobOrder.Submission, Backfill = Backfill.None },
        ["sjf"] = new SchedulerConfig { Order = JobOrder.ShortestTime, Backfill = Backfill.None },
        ["easy"] = new SchedulerConfig { Order = JobOrder.Submission, Backfill = Backfill.Easy, Promises = 1 },
        ["easy-sjbf"] = new SchedulerConfig { Order = JobOrder.ShortestTime, Backfill = Backfill.Easy, OldestFirst = true, Promises = 1 },
        ["sjf-easy"] = new SchedulerConfig { Order = JobOrder.ShortestTime, Backfill = Backfill.Easy, Promises = 1 },
        ["conservative"] = new SchedulerConfig { Order = JobOrder.Submission, Backfill = Backfill.Conservative },
        ["srtf"] = new SchedulerConfig { Order = JobOrder.ShortestTime, Backfill = Backfill.Greedy, Preempts = true, PreemptionIntervalSeconds = Quantum },
        ["srsf"] = new SchedulerConfig { Order = JobOrder.ShortestService, Backfill = Backfill.Greedy, Preempts = true, PreemptionIntervalSeconds = Quantum },
        ["las"] = new SchedulerConfig { Order = JobOrder.LeastAttained, Backfill = Backfill.Greedy, Preempts = true, PreemptionIntervalSeconds = Quantum },
        ["las-2"] = new SchedulerConfig { Order = JobOrder.TwoQueues, Backfill = Backfill.Greedy, Preempts = true, PreemptionIntervalSeconds = Quantum },
    };

    /// <summary>All names, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys];

    /// <summary>Policies that are told how long each job will run, as nobody is in life.</summary>
    public static bool IsOracle(string name) => name is "sjf" or "sjf-easy" or "srtf" or "srsf" or "easy" or "easy-sjbf" or "conservative";

    /// <summary>Policies to compare with that ask every job to leave, be it said to be able to or not.</summary>
    public static bool AsksAll(string name) => name is "srsf" or "srtf" or "las" or "las-2";

    /// <summary>A policy.</summary>
    /// <exception cref="UserInputException">There is none of that name.</exception>
    public static SchedulerConfig Of(string name) => ByName.GetValueOrDefault(name)
        ?? throw new UserInputException($"--policy: {name}; expected one of {string.Join(", ", Names)}.");
}
