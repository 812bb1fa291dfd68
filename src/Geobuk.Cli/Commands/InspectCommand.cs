using System.CommandLine;
using System.Text.Json;
using Geobuk.Cli.Inspection;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk inspect</c>: what a model, an artifact or a run is.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A Hugging Face folder, a config.json, a GGUF file, an artifact folder or a run folder." };
        var context = new Option<int>("--context") { Description = "Tokens of context that must fit beside the weights.", HelpName = "N", DefaultValueFactory = _ => 8192 };
        var cache = CacheOption.Create(KeyValueType.F16, "--cache");
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor too." };
        return Verb.Create("inspect", "Say what a model, an artifact or a run is, and on which memory a model fits.",
            "geobuk inspect samples/ax-pico", [path, context, cache, tensors], (arguments, output, _) =>
            {
                if (arguments.GetValue(context) < 1) throw new UserInputException($"--context is {arguments.GetValue(context)}; expected at least 1. 8192 is usual.");
                var options = new InspectOptions(arguments.GetValue(context), CacheOption.Read(arguments.GetRequiredValue(cache)));
                Show(arguments.GetRequiredValue(path), options, arguments.GetValue(tensors), output);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static void Show(string path, InspectOptions options, bool tensors, Output output)
    {
        if (ReadRun(Path.Combine(path, RunRecord.FileName)) is { } run)
        {
            output.Result(new { Kind = "run", Run = run }, console => RunTables.Write(console, run));
            return;
        }
        var manifest = Manifest.TryRead(path);
        if (manifest is not null && !ModelPath.HasModel(path))
        {
            output.Result(new { Kind = "artifact", Artifact = manifest }, console => RunTables.Write(console, manifest));
            return;
        }
        var model = ModelInspector.Describe(ModelPath.Resolve(path), options) with { Artifact = manifest };
        output.Result(model, console =>
        {
            if (manifest is not null) RunTables.Write(console, manifest);
            ModelTables.Write(console, model);
            if (tensors) ModelTables.WriteTensors(console, model);
        });
    }

    private static RunRecord? ReadRun(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(path), RecipeJson.Options);
        }
        catch (JsonException e)
        {
            throw new UserInputException($"{path}: not the record of a run ({e.Message}); expected what geobuk run writes. Run the recipe again.", e);
        }
    }
}
