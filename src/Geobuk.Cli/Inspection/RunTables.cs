using System.Globalization;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;
using Spectre.Console;

namespace Geobuk.Cli.Inspection;

/// <summary>Runs and artifacts on the terminal.</summary>
internal static class RunTables
{
    /// <summary>Writes a run's steps.</summary>
    public static void Write(IAnsiConsole console, RunRecord run)
    {
        console.WriteLine($"run {run.Name}, started {Time(run.Started)}, {(run.Finished is { } end ? $"finished {Time(end)}" : "not finished")}, recipe {run.RecipeHash[..Math.Min(12, run.RecipeHash.Length)]}");
        var table = new Table().Border(TableBorder.Rounded).AddColumn("step").AddColumn("state").AddColumn("artifact").AddColumn(new TableColumn("time").RightAligned());
        foreach (var step in run.Steps)
            table.AddRow(Markup.Escape(step.Name), step.State.ToString().ToLowerInvariant(), Markup.Escape(step.Artifact ?? "-"), RateMeter.Duration(TimeSpan.FromSeconds(step.Seconds)));
        console.Write(table);
        if (run.Report is { } report) console.WriteLine($"report: {report}");
    }

    /// <summary>Writes what an artifact is and its files.</summary>
    public static void Write(IAnsiConsole console, Manifest artifact)
    {
        console.WriteLine($"artifact {artifact.Id} of the step {artifact.Step}, finished {Time(artifact.Finished)} after {RateMeter.Duration(TimeSpan.FromSeconds(artifact.Seconds))}, made of {(artifact.Parents.Count == 0 ? "no other" : string.Join(", ", artifact.Parents.Values))}");
        var table = new Table().Border(TableBorder.Rounded).AddColumn("file").AddColumn(new TableColumn("size").RightAligned());
        foreach (var file in artifact.Files) table.AddRow(Markup.Escape(file.Path), Quantity.Bytes(file.Bytes));
        console.Write(table);
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
