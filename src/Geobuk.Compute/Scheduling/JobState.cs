using Geobuk.Compute.Estimates;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>A job that waits or runs. Times are seconds since 1970, or since the start of a trace.</summary>
public sealed class JobState(JobSpec spec, double submitted)
{
    private const int Circles = 3;
    private const double WorthOfCosts = 10, ShortestRest = 60, LongestRest = 3600;

    private int _inVain;

    /// <summary>What it asks for.</summary>
    public JobSpec Spec { get; private set; } = spec;

    /// <summary>When it was submitted.</summary>
    public double Submitted { get; } = submitted;

    /// <summary>Index of its tenant, set when it enters a cluster.</summary>
    public int Tenant { get; internal set; } = -1;

    /// <summary>When it began to wait, the last time.</summary>
    public double QueuedAt { get; internal set; } = submitted;

    /// <summary>It does not start before this.</summary>
    public double NotBefore { get; set; }

    /// <summary>Its devices while it runs; null while it waits.</summary>
    public Placement? Placement { get; internal set; }

    /// <summary>When it started, the last time.</summary>
    public double Started { get; internal set; }

    /// <summary>Seconds of work that are kept from earlier starts.</summary>
    public double DoneSeconds { get; set; }

    /// <summary>Seconds that this start spends before it works on: loading what was kept.</summary>
    public double StartupSeconds { get; set; }

    /// <summary>When it last saved its work; null takes the start.</summary>
    public double? LastCheckpoint { get; set; }

    /// <summary>What one checkpoint costs, in seconds.</summary>
    public double CheckpointSeconds { get; set; }

    /// <summary>Starts so far.</summary>
    public int Starts { get; internal set; }

    /// <summary>How often it was preempted.</summary>
    public int Preemptions { get; internal set; }

    /// <summary>How often for the sake of order only.</summary>
    public int OrderPreemptions { get; internal set; }

    /// <summary>Until when it must have left, once asked to; null where nobody asked.</summary>
    public double? LeaveBy { get; internal set; }

    /// <summary>
    /// It borrows nothing before this: lenders took their devices back three times and more before it had made up for starting and leaving,
    /// so that it would go in circles with them.
    /// </summary>
    public double BorrowsFrom { get; private set; }

    /// <summary>Devices that victims are leaving for it; null where none.</summary>
    public Placement? Claim { get; internal set; }

    /// <summary>When the claim lapses.</summary>
    public double ClaimUntil { get; internal set; }

    /// <summary>Its place in its tenant's order while it waits; lower goes first.</summary>
    public double Rank { get; internal set; }

    /// <summary>What it is known to hold until its rank must be found anew, in seconds worked.</summary>
    internal double RankValidUntil { get; set; } = -1;

    /// <summary>What its class remembers of it; set when it first enters a queue.</summary>
    public PastRun? Run { get; internal set; }

    /// <summary>Whether some pool is known to be large and trusted enough for it.</summary>
    internal bool IsKnownToFit { get; set; }

    /// <summary>The same job, to try things on: as it is, or asking for something else, so that nothing is being emptied for it.</summary>
    internal JobState Copy(JobSpec? spec = null)
    {
        var copy = (JobState)MemberwiseClone();
        copy.Run = Run?.Copy();
        if (spec is not null) (copy.Spec, copy.Claim, copy.IsKnownToFit) = (spec, null, false);
        return copy;
    }

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => Placement is not null;

    /// <summary>Devices that it holds on a node.</summary>
    internal int DevicesOn(int node)
    {
        foreach (var share in Placement!.Shares)
            if (share.Node == node) return share.Devices;
        return 0;
    }

    /// <summary>Seconds of work it has had at a time.</summary>
    public double Worked(double now) => DoneSeconds + (IsRunning ? Math.Max(0, now - Started - StartupSeconds) : 0);

    /// <summary>Why it is ended that has worked for as long as it may, for its record.</summary>
    public Statement Overrun(double now) => new(Starts > 1 ? Phrase.OverranInStarts : Phrase.Overran, Worked(now), Spec.MaxRunSeconds, Starts);

    /// <summary>
    /// Device-seconds that asking it to leave would cost: the checkpoint, loading it again, and for a job that cannot be asked
    /// everything since it last saved.
    /// </summary>
    public double LossIfPreempted(double now) =>
        Spec.Devices * (CheckpointSeconds + StartupCost + (CanCheckpoint ? 0 : Math.Max(0, now - Math.Max(Started, LastCheckpoint ?? Started))));

    /// <summary>A lender takes its devices back. Each time in a row that it comes too soon the job keeps away for twice as long, up to an hour.</summary>
    internal void TakenBack(double now, double minRunSeconds)
    {
        _inVain = now - Started < Math.Max(minRunSeconds, WorthOfCosts * (CheckpointSeconds + StartupCost)) ? _inVain + 1 : 0;
        if (_inVain >= Circles) BorrowsFrom = now + Math.Min(LongestRest, ShortestRest * Math.Pow(2, _inVain - Circles));
    }

    /// <summary>Whether it saves when asked; one that only saves by itself loses what came after.</summary>
    public bool CanCheckpoint { get; set; } = true;

    /// <summary>Seconds that each start after the first spends before it works on.</summary>
    public double StartupCost { get; set; }
}
