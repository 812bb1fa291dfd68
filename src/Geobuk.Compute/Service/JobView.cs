namespace Geobuk.Compute.Service;

/// <summary>Which jobs somebody wants to look at.</summary>
public enum JobView
{
    /// <summary>Those that wait or run, the oldest first.</summary>
    Open,

    /// <summary>Those that hold devices, the oldest first.</summary>
    Running,

    /// <summary>Those that wait, the oldest first.</summary>
    Pending,

    /// <summary>Those that are over, the newest first.</summary>
    Over,
}
