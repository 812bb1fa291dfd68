namespace Geobuk.Compute.Accounting;

/// <summary>Why an attempt gave its devices back; it decides under which name the ledger counts its seconds.</summary>
public enum ReleaseCause
{
    /// <summary>It ended by itself, or was cancelled.</summary>
    Done,

    /// <summary>It saved its work and goes on later.</summary>
    Checkpointed,

    /// <summary>It had to leave and had not saved.</summary>
    Preempted,

    /// <summary>It, or what it ran on, failed.</summary>
    Failed,

    /// <summary>It was written down and never started.</summary>
    NeverBegan,
}
