namespace Geobuk.Compute.Jobs;

/// <summary>Where a job is in its life.</summary>
public enum JobPhase
{
    /// <summary>Waits for devices, or for the jobs it comes after.</summary>
    Pending,

    /// <summary>Holds devices; its start is written down, so nobody else will start it.</summary>
    Running,

    /// <summary>Was asked to checkpoint and leave.</summary>
    Leaving,

    /// <summary>Ended with exit code 0.</summary>
    Done,

    /// <summary>Ended with another exit code, or could not be brought to an end properly.</summary>
    Failed,

    /// <summary>Ended because somebody asked.</summary>
    Cancelled,
}
