using System.CommandLine;
using System.Text.Json.Nodes;
using Geobuk.Cli.Runs;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Recipes.Reading;
using Geobuk.Training;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk train</c>: a run up to and including the training step.</summary>
internal static class TrainCommand
{
    public static Command Create(IReadOnlyList<StepDefinition> steps)
    {
        var recipe = RecipeOptions.Recipe();
        var set = RecipeOptions.Set();
        var runs = RecipeOptions.Runs();
        var verify = new Option<bool>("--verify-resume") { Description = "Train nothing; test on this recipe that an interrupted training resumes exactly." };
        var device = new TorchDeviceOptions();
        return Verb.Create("train", "Do the training step of a recipe, and what it needs before it.",
            "geobuk train recipes/quickstart.yaml --set train.method=lora", [recipe, set, runs, verify, .. device.Symbols], async (arguments, output, cancellation) =>
            {
                device.Apply(arguments);
                var path = arguments.GetRequiredValue(recipe);
                var loaded = RecipeReader.Load(path, arguments.GetValue(set));
                if (loaded.Train is null) throw new UserInputException($"{path}: no train section; expected one. Add it, or use geobuk run.");
                RunOutcome outcome;
                var onlyVerify = arguments.GetValue(verify);
                using (var display = output.Progress())
                    outcome = await new Runner(steps, new RunOptions(arguments.GetRequiredValue(runs), Until: onlyVerify ? (loaded.Train.Distillation is null ? "corpus" : "teach") : "train"), new RunDisplay(display)).RunAsync(loaded, cancellation);
                if (outcome.Failure is { } failure)
                {
                    output.Fail(failure);
                    return failure.Code;
                }
                if (onlyVerify) return Verify(loaded, outcome, output, cancellation);
                Show(outcome, output);
                return ExitCode.Done;
            });
    }

    private static int Verify(Recipe recipe, RunOutcome outcome, Terminal.Output output, CancellationToken cancellation)
    {
        var scratch = Directory.CreateDirectory(Path.Combine(outcome.Folder, ".verify-resume")).FullName;
        try
        {
            var inputs = new TrainInputs(Artifact(outcome, "base"), Artifact(outcome, "corpus"), recipe.Train!.Distillation is null ? null : Artifact(outcome, "teach"));
            ResumeVerification result;
            using (var display = output.Progress())
                result = ResumeVerification.Run(recipe.Train!, recipe.Seed, inputs, scratch, display.Of("train"), cancellation);
            output.Result(new { VerifyResume = result, Exact = result.IsExact }, console =>
            {
                console.WriteLine($"state after {result.Steps} steps: uninterrupted {result.Uninterrupted[..16]}");
                console.WriteLine($"                     resumed       {result.Resumed[..16]}");
                console.WriteLine($"                     cold start    {result.Cold[..16]}");
                console.WriteLine(result.IsExact ? "resuming is exact" : "resuming is NOT exact: uninterrupted and resumed must be the same, and the cold start another");
            });
            return result.IsExact ? ExitCode.Done : ExitCode.Failed;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static string Artifact(RunOutcome outcome, string step) => outcome.Store.FolderOf(outcome.Record.Steps.Single(entry => entry.Name == step).Artifact!);

    private static void Show(RunOutcome outcome, Terminal.Output output)
    {
        var folder = Artifact(outcome, "train");
        var lines = File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!).ToList();
        var last = lines.Last(line => line["loss"] is not null);
        var validation = lines.Last(line => line["validation"] is not null)["validation"]!;
        var result = new
        {
            Artifact = folder,
            Steps = (long)last["step"]!,
            Tokens = (long)last["tokens"]!,
            TokensPerSecond = (double)last["tokens"]! / (double)last["seconds"]!,
            Proofs = lines.FirstOrDefault(line => line["proofs"] is not null)?["proofs"],
            Loss = new { Domain = (double?)validation["domain"], General = (double?)validation["general"] },
        };
        output.Result(result, console =>
        {
            // A corpus of one document holds none out.
            var losses = new[] { ("domain", result.Loss.Domain), ("general", result.Loss.General) }.Where(set => set.Item2 is not null).Select(set => $"{set.Item1} {set.Item2:f3}").ToList();
            console.WriteLine($"{result.Steps} steps, {result.Tokens:N0} tokens, {result.TokensPerSecond:N0} tokens/s; {(losses.Count == 0 ? "no text was held out" : $"loss {string.Join(", ", losses)}")}");
            console.WriteLine($"model: {Path.Combine(folder, "model")}");
        });
    }
}
