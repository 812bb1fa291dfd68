namespace Geobuk.Compute.Accounting;

/// <summary>What an attempt did with the devices it held, in seconds: what the ledger's names are given out by.</summary>
/// <param name="Devices">Devices held.</param>
/// <param name="HeldSeconds">From its start until it gave them back.</param>
/// <param name="LeavingSeconds">The last of them, after it was asked to leave; 0 where nobody asked.</param>
/// <param name="IdleSeconds">Of them, seconds without activity; 0 where that is not known.</param>
/// <param name="Cause">Why it gave them back.</param>
/// <param name="SavedSeconds">From its start until it last saved by itself; 0 where it did not: no more than what came after can be lost.</param>
public readonly record struct AttemptUse(int Devices, double HeldSeconds, double LeavingSeconds, double IdleSeconds, ReleaseCause Cause, double SavedSeconds = 0)
{
    /// <summary>The entry with each device-second under one name: what a job kept is busy, what it lost is lost to whoever took it.</summary>
    public LedgerEntry Enter(LedgerEntry entry)
    {
        var allocated = Devices * Math.Max(0, HeldSeconds);
        var checkpointing = Cause is ReleaseCause.Checkpointed or ReleaseCause.Preempted ? Math.Min(allocated, Devices * Math.Max(0, LeavingSeconds)) : 0;
        var rest = allocated - checkpointing;
        // Who did nothing lost nothing by having to leave.
        var idle = Cause is ReleaseCause.Failed or ReleaseCause.NeverBegan ? 0 : Math.Min(rest, Devices * Math.Max(0, IdleSeconds));
        rest -= idle;
        var kept = Cause is ReleaseCause.Done or ReleaseCause.Checkpointed ? rest : Cause == ReleaseCause.NeverBegan ? 0 : Math.Clamp(Devices * SavedSeconds, 0, rest);
        return entry with
        {
            Began = entry.At - Math.Max(0, HeldSeconds),
            Allocated = allocated,
            Checkpointing = checkpointing,
            Idle = idle,
            LostToPreemption = Cause == ReleaseCause.Preempted ? rest - kept : 0,
            LostToFailure = Cause is ReleaseCause.Failed or ReleaseCause.NeverBegan ? rest - kept : 0,
            Busy = kept,
        };
    }
}
