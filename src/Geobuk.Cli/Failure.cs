using Geobuk.Models;

namespace Geobuk.Cli;

/// <summary>What went wrong, for the user and for scripts.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Messages">One message per mistake.</param>
internal sealed record Failure(int Code, IReadOnlyList<string> Messages)
{
    private const int DiskFullUnix = 28;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    /// <summary>Sorts an exception into the user's mistakes, interruptions and faults.</summary>
    public static Failure Of(Exception exception) => exception switch
    {
        UserInputException fault => new Failure(ExitCode.WrongInput, fault.Problems),
        OperationCanceledException => new Failure(ExitCode.Interrupted, ["interrupted"]),
        AggregateException { InnerExceptions: [var only] } => Of(only),
        // Whoever wraps the system's own exception has said where and what to do.
        IOException { InnerException: not null } fault when IsDiskFull(fault) => new Failure(ExitCode.WrongInput, [fault.Message]),
        IOException fault when IsDiskFull(fault) => new Failure(ExitCode.WrongInput,
            [$"the disk is full ({fault.Message}); expected room for the results. Free some, or choose another place with --runs or --out."]),
        UnauthorizedAccessException fault => new Failure(ExitCode.WrongInput,
            [$"{fault.Message} Expected a place that this user may read and write. Change its rights or choose another."]),
        OutOfMemoryException => new Failure(ExitCode.Failed,
            ["memory ran out. Lower train.micro_batch or train.sequence_length, or close other programs; the same command continues."]),
        _ => new Failure(ExitCode.Failed, [Describe(exception)]),
    };

    private static bool IsDiskFull(Exception? fault) =>
        fault is not null && (fault is IOException { HResult: DiskFullUnix or DiskFullWindows } || IsDiskFull(fault.InnerException));

    private static string Describe(Exception exception) => Environment.GetEnvironmentVariable("GEOBUK_TRACE") == "1"
        ? exception.ToString()
        : $"{exception.GetType().Name}: {exception.Message} (GEOBUK_TRACE=1 shows where)";
}
