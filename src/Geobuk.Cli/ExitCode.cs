namespace Geobuk.Cli;

/// <summary>How the program ends; scripts depend on these.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongInput = 2;
    public const int Refused = 3;
    public const int Interrupted = 130;
}
