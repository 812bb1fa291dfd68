namespace Geobuk.Compute.Scheduling;

/// <summary>What a waiting job waits for, in the order in which it is asked.</summary>
public enum Gate
{
    /// <summary>No pool could ever hold it.</summary>
    Size,

    /// <summary>No pool is accredited for its data.</summary>
    Label,

    /// <summary>The loan of every pool ends too soon.</summary>
    Loan,

    /// <summary>Nodes are kept for others.</summary>
    Reservation,

    /// <summary>Its own start time has not come.</summary>
    Time,

    /// <summary>The tenant has spent what it may.</summary>
    Budget,

    /// <summary>The tenant holds as many devices as it may.</summary>
    Quota,

    /// <summary>Nobody lends so much now.</summary>
    Cohort,

    /// <summary>Others of the tenant or with a greater claim go first.</summary>
    Share,

    /// <summary>Too few devices are free for the whole gang.</summary>
    Gang,

    /// <summary>Enough are free, but not close enough together.</summary>
    Topology,

    /// <summary>Devices are being emptied for it.</summary>
    Handover,
}
