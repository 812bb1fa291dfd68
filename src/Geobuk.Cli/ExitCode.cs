namespace Geobuk.Cli;

/// <summary>How the program ends; scripts depend on these.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongInput = 2;
    public const int Refused = 3;
    public const int Interrupted = 130;

    /// <summary>To a compute service: checkpointed, start me again later.</summary>
    public const int Requeue = 75;

    /// <summary>What a failure ends with: below a compute service an interruption is the wish for a checkpoint, and what is finished is kept.</summary>
    public static int Of(Failure failure) =>
        failure.Code == Interrupted && Interruption.IsCheckpointRequested ? Requeue : failure.Code;
}
