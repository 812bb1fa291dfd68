using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;

namespace Geobuk.Cli.Commands;

/// <summary>Shows what happens in a run.</summary>
internal sealed class RunDisplay(ProgressDisplay display) : IProgress<RunEvent>
{
    public void Report(RunEvent value)
    {
        var step = value.Step;
        if (value.Report is { } report)
            display.Report(step.Name, report);
        else if (step.State != StepState.Running)
            display.Line(Words(step) + (value.Note is null ? "" : $" ({value.Note})"));
    }

    private static string Words(RunStep step) => $"{step.Name,-9} " + step.State switch
    {
        StepState.Skipped => $"{step.Artifact}, finished before",
        StepState.Done => $"{step.Artifact}, {RateMeter.Duration(TimeSpan.FromSeconds(step.Seconds))}",
        StepState.Interrupted => "interrupted",
        _ => "failed",
    };
}
