namespace Geobuk.Compute.Scheduling;

/// <summary>What makes one job of a tenant go before another.</summary>
public enum JobOrder
{
    /// <summary>First come, first served.</summary>
    Submission,

    /// <summary>Least expected seconds left.</summary>
    ShortestTime,

    /// <summary>Least expected device-seconds left.</summary>
    ShortestService,

    /// <summary>Least device-seconds had.</summary>
    LeastAttained,

    /// <summary>Least device-seconds left as learnt from past runs of its class, given what it has run already.</summary>
    Learned,
}
