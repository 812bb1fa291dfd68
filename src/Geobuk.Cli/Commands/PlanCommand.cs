using System.CommandLine;
using Geobuk.Cli.Plans;
using Geobuk.Cli.Terminal;
using Geobuk.Recipes.Reading;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk plan</c>: what a recipe will need, before anything starts.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var recipe = RecipeOptions.Recipe();
        var set = RecipeOptions.Set();
        return Verb.Create("plan", "Estimate time, memory and disk of every step of a recipe on this machine.",
            "geobuk plan recipes/quickstart.yaml", [recipe, set], (arguments, output, _) =>
            {
                var loaded = RecipeReader.Load(arguments.GetRequiredValue(recipe), arguments.GetValue(set));
                var model = ModelSize.Of(loaded.Base);
                var steps = new RunPlan(loaded, model, CorpusSize.Of(loaded), MachineSpeed.Measure(model, loaded.Train)).Steps();
                output.Result(new { Steps = steps, Seconds = steps.Sum(step => step.Seconds) }, console => console.Write(Table(steps)));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Table Table(IReadOnlyList<PlanStep> steps)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("step");
        foreach (var title in new[] { "time", "memory", "GPU memory", "disk", "tokens" }) table.AddColumn(new TableColumn(title).RightAligned());
        foreach (var step in steps)
            table.AddRow(step.Name, "about " + RateMeter.Duration(TimeSpan.FromSeconds(step.Seconds)), Quantity.Bytes(step.PeakRssBytes),
                step.GpuBytes == 0 ? "-" : Quantity.Bytes(step.GpuBytes), Quantity.Bytes(step.DiskBytes), Quantity.Count(step.Tokens));
        table.AddRow("all", "about " + RateMeter.Duration(TimeSpan.FromSeconds(steps.Sum(step => step.Seconds))), Quantity.Bytes(steps.Max(step => step.PeakRssBytes)),
            "", Quantity.Bytes(steps.Sum(step => step.DiskBytes)), "");
        return table;
    }
}
