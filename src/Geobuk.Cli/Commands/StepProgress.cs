using Geobuk.Cli.Terminal;
using Geobuk.Recipes;

namespace Geobuk.Cli.Commands;

/// <summary>Shows the progress of a verb that does one thing.</summary>
internal sealed class StepProgress(ProgressDisplay display, string name) : IProgress<StepReport>
{
    public void Report(StepReport value) => display.Report(name, value);
}
