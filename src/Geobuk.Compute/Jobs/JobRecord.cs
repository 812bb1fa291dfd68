using System.Text.Json.Serialization;
using Geobuk.Compute.Wording;
using Geobuk.Recipes;

namespace Geobuk.Compute.Jobs;

/// <summary>A job as the store keeps it.</summary>
public sealed record JobRecord
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Who pays.</summary>
    public required string Tenant { get; init; }

    /// <summary>What was asked for.</summary>
    public required JobRequest Request { get; init; }

    /// <summary>Whose key submitted it.</summary>
    public string SubmittedBy { get; init; } = "";

    /// <summary>Where it is.</summary>
    public JobPhase Phase { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public double Submitted { get; init; }

    /// <summary>When the last job was done after which it comes; null where it comes after none, or may not start yet.</summary>
    public double? Queued { get; init; }

    /// <summary>Since when it could have been started, in seconds since 1970.</summary>
    [JsonIgnore]
    public double QueuedFrom => Queued ?? Submitted;

    /// <summary>Last start; null before the first.</summary>
    public double? Started { get; init; }

    /// <summary>Its end for good.</summary>
    public double? Ended { get; init; }

    /// <summary>Starts so far; the number of the current or last attempt.</summary>
    public int Attempt { get; init; }

    /// <summary>How often it was asked to leave.</summary>
    public int Preemptions { get; init; }

    /// <summary>Failures that were tried again.</summary>
    public int Failures { get; init; }

    /// <summary>Exit code of the last attempt.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Why it is where it is.</summary>
    public Statement? Reason { get; init; }

    /// <summary>Seconds of work kept from earlier attempts.</summary>
    public double DoneSeconds { get; init; }

    /// <summary>Seconds of work in all, once it is over; null before, and in records of earlier versions.</summary>
    public double? WorkedSeconds { get; init; }

    /// <summary>Pool and nodes with devices while it runs, as <c>pool/node:devices</c>.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>Numbers of its devices on each of <see cref="Nodes"/>.</summary>
    public IReadOnlyList<IReadOnlyList<int>> DeviceNumbers { get; init; } = [];

    /// <summary>What bounds and ends its processes, in words; null where the engine does not say.</summary>
    public string? Confinement { get; init; }

    /// <summary>What it last reported of its checkpoints; null where it did not.</summary>
    public CheckpointReport? Checkpoints { get; init; }

    /// <summary>Somebody wants it to end.</summary>
    public bool IsCancelled { get; init; }

    /// <summary>Why it must end; null where it need not.</summary>
    public Statement? Overdue { get; init; }

    /// <summary>When this attempt was asked to leave; null where nobody asked.</summary>
    public double? AskedAt { get; init; }

    /// <summary>When its processes are ended; null where they need not be.</summary>
    public double? KillAt { get; init; }

    /// <summary>Whether its devices are on loan.</summary>
    public bool Borrowed { get; init; }

    /// <summary>Whether its devices are its tenant's own cells.</summary>
    public bool OwnCells { get; init; }

    /// <summary>Devices in all.</summary>
    public int Devices => Request.Workers * Request.Devices;

    /// <summary>Whether nothing more will happen to it.</summary>
    public bool IsOver => Phase is JobPhase.Done or JobPhase.Failed or JobPhase.Cancelled;

    /// <summary>What the scheduler is told of it.</summary>
    public JobSpec Spec() => new()
    {
        Id = Id, Tenant = Tenant, Workers = Request.Workers, DevicesPerWorker = Request.Devices, Kind = Request.Kind, Pool = Request.Pool,
        Label = Request.Label, Priority = Request.Priority, Topology = Request.Topology, EstimateSeconds = Request.EstimateSeconds,
        MaxRunSeconds = Request.MaxRunSeconds ?? double.PositiveInfinity, Preemptible = Request.Preemptible,
        RunClass = $"{Tenant}/{Path.GetFileName(Request.Command[0])}/{Request.Name}/{Devices}",
    };
}
