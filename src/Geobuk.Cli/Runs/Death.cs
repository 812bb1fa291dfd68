namespace Geobuk.Cli.Runs;

/// <summary>Words for a child process that ended without giving a reason.</summary>
internal static class Death
{
    // A shell and .NET alike report death by signal n as 128 + n.
    private const int SignalBase = 128;

    /// <summary>What happened and what to do.</summary>
    public static string Describe(int exitCode) => (exitCode - SignalBase) switch
    {
        9 => "the step was killed (signal 9, SIGKILL), most often because memory ran out. "
            + "Lower train.micro_batch or train.sequence_length, or close other programs; the same command continues.",
        6 => "the step ended itself (signal 6, SIGABRT), as native libraries do when memory runs out or a check fails. The same command continues.",
        11 => "the step crashed in native code (signal 11, SIGSEGV). The same command continues; if it happens again, report it with the log.",
        4 => "the step used an instruction that this processor lacks (signal 4, SIGILL). Report it with the processor's name.",
        7 => "the step could not reach mapped memory (signal 7, SIGBUS): a file it reads was shortened, or the disk is full. The same command continues.",
        15 => "the step was asked to end (signal 15, SIGTERM). The same command continues.",
        > 0 and < 64 and var signal => $"the step was ended by signal {signal}. The same command continues.",
        _ => $"the step ended with code {exitCode} and gave no reason. The same command continues.",
    };
}
