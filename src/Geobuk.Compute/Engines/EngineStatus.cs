namespace Geobuk.Compute.Engines;

/// <summary>What an engine knows about an attempt.</summary>
/// <param name="State">Where it is.</param>
/// <param name="ExitCode">Its exit code, once it ended.</param>
/// <param name="Waits">What an attempt that has not begun waits for, in the engine's words; null where it has begun or nothing is known.</param>
public readonly record struct EngineStatus(EngineState State, int ExitCode = 0, string? Waits = null)
{
    /// <summary>The exit code of a job that has checkpointed and wants to go on later.</summary>
    public const int Requeue = 75;

    /// <summary>What a shell means by the exit code, in words after it; empty where it is the program's own.</summary>
    public string Meaning => ExitCode switch
    {
        126 => ": the command may not be run; is it a program?",
        127 => ": the command was not found where it ran",
        > 128 and < 160 => $": ended by signal {ExitCode - 128}",
        _ => "",
    };
}
