namespace Geobuk.Compute.Scheduling;

/// <summary>A scheduling policy.</summary>
public sealed record SchedulerConfig
{
    /// <summary>What orders a tenant's jobs.</summary>
    public JobOrder Order { get; init; } = JobOrder.Learned;

    /// <summary>Who may pass.</summary>
    public Backfill Backfill { get; init; } = Backfill.Easy;

    /// <summary>Whether the first by submission is promised a start and the others pass it in <see cref="Order"/>; else all go in <see cref="Order"/>.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Whether a job that should go first may take devices from one that should not, of the same tenant and priority.</summary>
    public bool Preempts { get; init; }

    /// <summary>How many times longer what is left of the victim must be.</summary>
    public double Hysteresis { get; init; } = 1;

    /// <summary>A job that started is left alone for so long.</summary>
    public double MinRunSeconds { get; init; }

    /// <summary>A job preempted so often for the sake of order is left alone; its owner's claims still count.</summary>
    public int PreemptionBudget { get; init; } = int.MaxValue;

    /// <summary>Preemptions for the sake of order are considered at most this often.</summary>
    public double PreemptionIntervalSeconds { get; init; }

    /// <summary>A job that waited so long goes before all others of its priority, with a promised start.</summary>
    public double StarvationSeconds { get; init; } = double.PositiveInfinity;

    /// <summary>Whether tenants take turns by what they used; else all are one queue.</summary>
    public bool FairShare { get; init; }

    /// <summary>Use counts half after so many seconds.</summary>
    public double UsageHalfLifeSeconds { get; init; } = 7 * 86400;

    /// <summary>How long a victim may take to checkpoint and leave.</summary>
    public double CheckpointDeadlineSeconds { get; init; } = 120;

    /// <summary>Most promised starts at a time.</summary>
    public int Promises { get; init; } = 8;

    /// <summary>What a job is taken to run, in seconds, of which nothing is known.</summary>
    public double DefaultEstimateSeconds { get; init; } = 3600;
}
