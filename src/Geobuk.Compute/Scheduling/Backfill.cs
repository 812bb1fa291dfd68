namespace Geobuk.Compute.Scheduling;

/// <summary>Which jobs may pass one that waits.</summary>
public enum Backfill
{
    /// <summary>None: the first that does not fit stops the queue.</summary>
    None,

    /// <summary>Any that fits, with no promise to those before it.</summary>
    Greedy,

    /// <summary>Those that do not delay the first that waits.</summary>
    Easy,

    /// <summary>Those that delay nobody before them.</summary>
    Conservative,
}
