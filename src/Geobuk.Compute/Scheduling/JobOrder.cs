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

    /// <summary>In two queues: who had fewer device-seconds than eight devices for 3,200 s goes before all others; in each the order is that of submission, whoever runs.</summary>
    TwoQueues,

    /// <summary>Least device-seconds left as learnt from past runs of its class, given what it has run already.</summary>
    Learned,
}
