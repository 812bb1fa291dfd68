namespace Geobuk.Cli.Runs;

/// <summary>Where a step of a run is.</summary>
internal enum StepState
{
    Waiting,
    Running,
    Done,
    Skipped,
    Failed,
    Interrupted,
}
