namespace Geobuk.Compute.Accounting;

/// <summary>What an attempt did with the devices it held, in seconds: what the ledger's names are given out by.</summary>
/// <param name="Devices">Devices held.</param>
/// <param name="HeldSeconds">From its start until it gave them back.</param>
/// <param name="LeavingSeconds">The last of them, after it was asked to leave; 0 where nobody asked.</param>
/// <param name="IdleSeconds">Seconds without activity; 0 where it was never warned.</param>
/// <param name="Cause">Why it gave them back.</param>
public readonly record struct AttemptUse(int Devices, double HeldSeconds, double LeavingSeconds, double IdleSeconds, ReleaseCause Cause)
{
    /// <summary>The entry with each device-second under one name: what a job kept is busy, what it lost is lost to whoever took it.</summary>
    public LedgerEntry Enter(LedgerEntry entry)
    {
        var allocated = Devices * Math.Max(0, HeldSeconds);
        var checkpointing = Cause is ReleaseCause.Checkpointed or ReleaseCause.Preempted ? Math.Min(allocated, Devices * Math.Max(0, LeavingSeconds)) : 0;
        var rest = allocated - checkpointing;
        var isKept = Cause is ReleaseCause.Done or ReleaseCause.Checkpointed;
        var idle = isKept ? Math.Min(rest, Devices * Math.Max(0, IdleSeconds)) : 0;
        return entry with
        {
            Allocated = allocated,
            Checkpointing = checkpointing,
            Idle = idle,
            LostToPreemption = Cause == ReleaseCause.Preempted ? rest : 0,
            LostToFailure = Cause is ReleaseCause.Failed or ReleaseCause.NeverBegan ? rest : 0,
            Busy = isKept ? rest - idle : 0,
        };
    }
}
