namespace Geobuk.Compute.Engines;

/// <summary>A way to talk to a Slurm controller. Jobs are known by the names that they were given.</summary>
internal interface ISlurm
{
    /// <summary>Whether workers of a gang are sent signals; else each looks by itself whether it is asked to leave.</summary>
    bool SignalsGangs { get; }

    /// <summary>Submits a job.</summary>
    void Submit(SlurmJob job);

    /// <summary>All jobs that wait, run or are being ended, by name, each with what it waits for; null where it runs.</summary>
    IReadOnlyDictionary<string, string?> Queued();

    /// <summary>Sends SIGTERM: to the processes of a job without steps, to the steps of a gang.</summary>
    void Terminate(string name, bool gang);

    /// <summary>Ends a job, or keeps it from starting.</summary>
    void Kill(string name);

    /// <summary>Jobs in Slurm's accounting that ended, or go on, after a time in seconds since 1970.</summary>
    IReadOnlyList<SlurmUse> Accounted(double since);
}
