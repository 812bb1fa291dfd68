using System.Text.Json;
using Geobuk.Recipes;
using Spectre.Console;

namespace Geobuk.Cli.Terminal;

/// <summary>Where a verb writes: results to standard output, everything else to standard error.</summary>
/// <param name="json">One JSON object is the only thing on standard output.</param>
/// <param name="quiet">No progress and no remarks.</param>
internal sealed class Output(bool json, bool quiet)
{
    private const int RedirectedWidth = 160;

    /// <summary>Whether standard output takes one JSON object and nothing else.</summary>
    public bool Json { get; } = json;

    /// <summary>Gives the result: the object with --json, else what <paramref name="show"/> writes for people.</summary>
    public void Result(object result, Action<IAnsiConsole> show)
    {
        if (Json) Console.Out.WriteLine(JsonSerializer.Serialize(result, RecipeJson.Options));
        else show(ForPeople());
    }

    private static IAnsiConsole ForPeople()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        // A file or a pipe has no width of its own: tables would be squeezed into 80 columns there.
        if (Console.IsOutputRedirected)
            console.Profile.Width = int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out var columns) && columns > 0 ? columns : RedirectedWidth;
        return console;
    }

    /// <summary>Says why the verb ends without a result.</summary>
    public void Fail(Failure failure)
    {
        foreach (var message in failure.Messages) Console.Error.WriteLine(message);
        if (Json) Console.Out.WriteLine(JsonSerializer.Serialize(new { Error = failure.Messages }, RecipeJson.Options));
    }

    /// <summary>A remark on standard error.</summary>
    public void Remark(string text)
    {
        if (!quiet) Console.Error.WriteLine(text);
    }

    /// <summary>Shows progress on standard error: bars on a terminal, lines elsewhere.</summary>
    public ProgressDisplay Progress()
    {
        if (quiet) return new NoProgress();
        if (Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is "dumb") return new PlainProgress(Console.Error);
        return new BarProgress(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }));
    }
}
