using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Compute.Engines;

/// <summary>Runs attempts on machines. All of it may be asked again after the controller was gone, and answers the same.</summary>
public interface IComputeEngine
{
    /// <summary>Starts all workers of an attempt. An attempt that was started before is not started again.</summary>
    void Start(EngineJob job);

    /// <summary>Where an attempt is.</summary>
    EngineStatus Status(EngineJob job);

    /// <summary>
    /// Makes sure that an attempt of which nothing is known does not start any more: true where it never did and never will, false
    /// where it did, so that <see cref="Status"/> says where it is.
    /// </summary>
    bool Fence(EngineJob job);

    /// <summary>Asks an attempt to checkpoint and to exit with 75.</summary>
    void AskToLeave(EngineJob job);

    /// <summary>Ends an attempt and all its processes.</summary>
    void Kill(EngineJob job);

    /// <summary>What bounds and ends the processes of a tenant's jobs, and as whom they run, in words; null where that is the engine's own affair.</summary>
    string? Confinement(string tenant) => null;

    /// <summary>The file with what the job printed, all attempts together.</summary>
    string LogFile(long job);

    /// <summary>For how long the attempt did nothing; null where that is not known (yet).</summary>
    Idleness? Idleness(EngineJob job);

    /// <summary>What the attempt, or one before it, reported of its checkpoints; null where it did not.</summary>
    /// <exception cref="UserInputException">It is no such report.</exception>
    CheckpointReport? Report(EngineJob job);

    /// <summary>
    /// Attempts of this service in the engine's own accounting, those that ended after <paramref name="since"/> (in seconds since 1970); null where it
    /// keeps none.
    /// </summary>
    IReadOnlyList<AccountedAttempt>? Accounted(double since) => null;
}
