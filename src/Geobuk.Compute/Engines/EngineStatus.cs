namespace Geobuk.Compute.Engines;

/// <summary>What an engine knows about an attempt.</summary>
/// <param name="State">Where it is.</param>
/// <param name="ExitCode">Its exit code, once it ended.</param>
public readonly record struct EngineStatus(EngineState State, int ExitCode = 0)
{
    /// <summary>The exit code of a job that has checkpointed and wants to go on later.</summary>
    public const int Requeue = 75;
}
