using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Engines;

/// <summary>What an engine knows about an attempt.</summary>
/// <param name="State">Where it is.</param>
/// <param name="ExitCode">Its exit code, once it ended.</param>
/// <param name="Waits">What an attempt that has not begun waits for, in the engine's own words where it has some; null where it has begun or nothing is known.</param>
/// <param name="End">How one that is over came to its end, in the engine's words; null where its exit code says it all or nothing is known.</param>
public readonly record struct EngineStatus(EngineState State, int ExitCode = 0, Statement? Waits = null, string? End = null)
{
    /// <summary>The exit code of a job that has checkpointed and wants to go on later.</summary>
    public const int Requeue = 75;

    /// <summary>The exit code, with what the engine says of it, or what a shell means by it where it is not the program's own.</summary>
    public Statement Ending => End is not null ? new(Phrase.ExitedSo, ExitCode, End) : ExitCode switch
    {
        126 => new(Phrase.NoProgram, ExitCode),
        127 => new(Phrase.NoCommand, ExitCode),
        > 128 and < 160 => new(Phrase.Signalled, ExitCode, ExitCode - 128),
        _ => new(Phrase.Exited, ExitCode),
    };
}
