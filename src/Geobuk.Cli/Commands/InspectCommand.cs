using System.CommandLine;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk inspect</c>: what a model, artifact or run is.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A model, an artifact folder or a run folder." };
        return Verb.Create("inspect", "Say what a model, an artifact or a run is.",
            "geobuk inspect samples/ax-pico --json", [path], (arguments, output, _) =>
            {
                Show(arguments.GetRequiredValue(path), output);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static void Show(string path, Terminal.Output output)
    {
        foreach (var (file, kind) in new[] { ("run.json", "run"), ("manifest.json", "artifact") })
        {
            if (!File.Exists(Path.Combine(path, file)) || File.Exists(Path.Combine(path, "config.json"))) continue;
            var content = JsonNode.Parse(File.ReadAllText(Path.Combine(path, file)));
            output.Result(new JsonObject { ["kind"] = kind, [kind] = content }, console => console.WriteLine(content!.ToString()));
            return;
        }
        var resolved = ModelPath.Resolve(path);
        var model = Directory.Exists(resolved) ? Folder(resolved) : Gguf(resolved);
        output.Result(model, console => Print(console, model));
    }

    private static Description Folder(string path)
    {
        var config = ModelConfig.Load(path);
        using var checkpoint = Checkpoint.Open(path);
        return new Description("model", "hugging face folder", config.Family.ToString().ToLowerInvariant(), checkpoint.ParameterCount, checkpoint.ParameterCount, checkpoint.FileBytes,
            [.. checkpoint.Tensors.Values.Select(tensor => new TensorLine(tensor.Name, tensor.DataType.ToString(), tensor.Shape, tensor.Bytes))]);
    }

    private static Description Gguf(string path)
    {
        using var file = GgufFile.Open(path);
        // ggml lists the contiguous dimension first; shapes here have it last.
        var tensors = file.Tensors.Select(tensor => new TensorLine(tensor.Name, tensor.Type.ToString(), [.. tensor.Dimensions.Reverse()], tensor.Bytes)).ToList();
        var parameters = tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
        return new Description("model", "gguf", file.GetString("general.architecture"), parameters, parameters, new FileInfo(path).Length, tensors);
    }

    private static void Print(IAnsiConsole console, Description model)
    {
        console.WriteLine($"{model.Architecture}, {model.Format}: {model.Parameters:N0} parameters, {model.Bytes:N0} bytes, {model.Tensors.Count} tensors");
        foreach (var tensor in model.Tensors) console.WriteLine($"  {tensor.Name,-52} {tensor.Type,-5} [{string.Join(", ", tensor.Shape)}]");
    }

    private sealed record TensorLine(string Name, string Type, IReadOnlyList<long> Shape, long Bytes);

    private sealed record Description(
        string Kind, string Format, string Architecture, long Parameters, long ActiveParameters, long Bytes, IReadOnlyList<TensorLine> Tensors);
}
