using System.Text.Json;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Wording;
using Geobuk.Recipes;

namespace Geobuk.Compute.Simulation;

/// <summary>The service's own trace: a JSON object per line for each job that ran, with all that the scheduler was told of it.</summary>
public static class Journal
{
    private static readonly JsonSerializerOptions Line = new(RecipeJson.Options) { WriteIndented = false };
    // What a later version writes beside it is not in the way of reading it.
    private static readonly JsonSerializerOptions Lenient = new(RecipeJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    /// <summary>A line for each job that is over and ever ran.</summary>
    public static IEnumerable<string> Lines(IEnumerable<JobRecord> jobs) =>
        jobs.Where(job => job is { IsOver: true, Started: not null, Ended: not null }).Select(job => (job, Spec: job.Spec())).Select(pair => JsonSerializer.Serialize(new Entry
        {
            Id = pair.job.Id,
            Submitted = pair.job.Submitted,
            // Who ended while it waited to go on had not worked since its last start.
            Seconds = pair.job.WorkedSeconds ?? pair.job.Ended!.Value - pair.job.Started!.Value + pair.job.DoneSeconds,
            Devices = pair.job.Devices,
            Tenant = pair.job.Tenant,
            Estimate = pair.Spec.EstimateSeconds,
            Preemptible = pair.Spec.Preemptible,
            Workers = pair.Spec.Workers,
            Kind = pair.Spec.Kind,
            Pool = pair.Spec.Pool,
            Label = pair.Spec.Label,
            Topology = pair.Spec.Topology,
            Priority = pair.Spec.Priority,
            MaxRun = pair.job.Request.MaxRunSeconds,
            RunClass = pair.Spec.RunClass,
            After = pair.job.Request.After,
            Done = pair.job.Phase == JobPhase.Done,
        }, Line));

    /// <summary>The job of a line; journals from before 2027 lack all after <c>preemptible</c>.</summary>
    /// <exception cref="JsonException">It is no such line.</exception>
    /// <exception cref="FormatException">Its numbers contradict each other.</exception>
    internal static TraceJob Read(string line)
    {
        var entry = JsonSerializer.Deserialize<Entry>(line, Lenient) ?? throw new FormatException("null");
        if (entry.Workers is { } workers && (workers < 1 || entry.Devices % workers != 0)) throw new FormatException($"{Counted.Of(entry.Devices, "device")} for {Counted.Of(workers, "worker")}");
        if (!Enum.IsDefined(entry.Label) || !Enum.IsDefined(entry.Topology)) throw new FormatException($"label {entry.Label}, topology {entry.Topology}");
        return new TraceJob(entry.Submitted, entry.Seconds, entry.Devices, entry.Tenant, entry.Estimate, entry.Preemptible)
        {
            Id = entry.Id, Workers = entry.Workers, Kind = entry.Kind, Pool = entry.Pool, Label = entry.Label, Topology = entry.Topology, Priority = entry.Priority,
            MaxRunSeconds = entry.MaxRun ?? double.PositiveInfinity, RunClass = entry.RunClass, After = entry.After, IsDone = entry.Done,
        };
    }

    private sealed record Entry
    {
        public long? Id { get; init; }

        public required double Submitted { get; init; }

        public required double Seconds { get; init; }

        public required int Devices { get; init; }

        public required string Tenant { get; init; }

        public double? Estimate { get; init; }

        public bool Preemptible { get; init; }

        public int? Workers { get; init; }

        public string? Kind { get; init; }

        public string? Pool { get; init; }

        public DataLabel Label { get; init; }

        public Topology Topology { get; init; }

        public int Priority { get; init; } = 50;

        public double? MaxRun { get; init; }

        public string? RunClass { get; init; }

        public IReadOnlyList<long> After { get; init; } = [];

        public bool Done { get; init; } = true;
    }
}
