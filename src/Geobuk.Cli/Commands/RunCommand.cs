using System.CommandLine;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;
using Geobuk.Recipes.Reading;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk run</c>: the whole chain.</summary>
internal static class RunCommand
{
    public static Command Create(IReadOnlyList<StepDefinition> steps)
    {
        var recipe = RecipeOptions.Recipe();
        var set = RecipeOptions.Set();
        var runs = RecipeOptions.Runs();
        var from = new Option<string?>("--from") { Description = "Do this step and all after it again, finished or not.", HelpName = "STEP" };
        var until = new Option<string?>("--until") { Description = "Stop after this step.", HelpName = "STEP" };
        var verify = new Option<bool>("--verify") { Description = "Compare the content of finished artifacts with their manifests, not only the sizes." };
        var device = new TorchDeviceOptions();
        return Verb.Create("run", "Run a recipe from documents to report; finished steps are skipped, an interrupted one continues.",
            "geobuk run recipes/quickstart.yaml --set train.epochs=1", [recipe, set, runs, from, until, verify, .. device.Symbols], async (arguments, output, cancellation) =>
            {
                device.Apply(arguments);
                var (path, overrides) = (arguments.GetRequiredValue(recipe), arguments.GetValue(set) ?? []);
                var loaded = RecipeReader.Load(path, overrides);
                var options = new RunOptions(
                    arguments.GetRequiredValue(runs), arguments.GetValue(from), arguments.GetValue(until), arguments.GetValue(verify), CommandLine(path, overrides));
                RunOutcome outcome;
                using (var display = output.Progress())
                    outcome = await new Runner(steps, options, new RunDisplay(display)).RunAsync(loaded, cancellation);
                if (outcome.Failure is { } failure) return Fail(failure, output);
                output.Result(RunResult.Of(outcome), console => RunTable.Write(console, outcome));
                return ExitCode.Done;
            });
    }

    /// <summary>The command that gives the same results; how it was watched does not matter.</summary>
    private static string CommandLine(string recipe, string[] overrides) =>
        string.Join(' ', ["geobuk", "run", Quoted(recipe), .. overrides.Select(text => "--set " + Quoted(text))]);

    private static string Quoted(string word) => word.All(c => char.IsLetterOrDigit(c) || "./\\-_=".Contains(c, StringComparison.Ordinal)) ? word : $"'{word}'";

    private static int Fail(Failure failure, Output output)
    {
        output.Fail(failure.Code == ExitCode.Interrupted
            ? failure with { Messages = ["interrupted; what is finished is kept. The same command continues."] }
            : failure);
        return ExitCode.Of(failure);
    }
}
