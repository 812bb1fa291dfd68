using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Jobs;

/// <summary>What a job asks for. A gang of workers starts as a whole or not at all.</summary>
public sealed record JobSpec
{
    /// <summary>Rises with submission; decides ties.</summary>
    public required long Id { get; init; }

    /// <summary>Who pays: a tenant's path.</summary>
    public required string Tenant { get; init; }

    /// <summary>Workers of the gang.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Devices of each worker, all on one node.</summary>
    public required int DevicesPerWorker { get; init; }

    /// <summary>Kind of device; <c>gpu</c> GPUs of any kind, null any device.</summary>
    public string? Kind { get; init; }

    /// <summary>Pool; null any that is accredited.</summary>
    public string? Pool { get; init; }

    /// <summary>The most sensitive data it reads.</summary>
    public DataLabel Label { get; init; }

    /// <summary>0 to 100; higher goes first.</summary>
    public int Priority { get; init; } = 50;

    /// <summary>How close the workers must be.</summary>
    public Topology Topology { get; init; }

    /// <summary>What the submitter expects it to run, in seconds.</summary>
    public double? EstimateSeconds { get; init; }

    /// <summary>It is ended after so many seconds of work, those counted that earlier starts kept.</summary>
    public double MaxRunSeconds { get; init; } = double.PositiveInfinity;

    /// <summary>Whether it can be asked to checkpoint and go on later.</summary>
    public bool Preemptible { get; init; }

    /// <summary>Jobs of one class run about equally long, such as those of one user, script and size; estimates come from it.</summary>
    public string RunClass { get; init; } = "";

    /// <summary>Devices in all.</summary>
    public int Devices => Workers * DevicesPerWorker;
}
