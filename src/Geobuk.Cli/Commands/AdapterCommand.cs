using System.CommandLine;
using System.Globalization;
using Geobuk.Corpus.Cards;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Training.Adapters;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk adapter</c>: adapters into the weights of their base, and out again.</summary>
internal static class AdapterCommand
{
    public static Command Create()
    {
        var command = new Command("adapter", "Merge adapters into their base model, or take one out again.");
        command.Add(Merge());
        command.Add(Unmerge());
        return command;
    }

    private static Command Merge()
    {
        var model = new Argument<string>("BASE") { Description = "The Hugging Face folder that the adapters were trained on." };
        var adapters = new Option<string[]>("--adapter") { Description = "An adapter folder, with :WEIGHT behind it for another weight than 1; more than once for several.", HelpName = "DIR[:WEIGHT]", Required = true };
        var method = new Option<string>("--method") { Description = "How several come together.", DefaultValueFactory = _ => "linear" };
        method.AcceptOnlyFromAmong("linear", "ties");
        var density = new Option<double>("--density") { Description = "Share of each adapter's changes that TIES keeps.", DefaultValueFactory = _ => 0.2 };
        var (target, type) = (Target(), DataType());
        return Verb.Create("merge", "Write a base model with adapters in its weights.",
            "geobuk adapter merge samples/ax-pico --adapter runs/a/adapted/adapter --adapter runs/b/adapted/adapter:0.5 --method ties --out merged", [model, adapters, method, density, target, type], (arguments, output, _) =>
            {
                var share = arguments.GetValue(density);
                if (share is not (> 0 and <= 1)) throw new UserInputException($"--density {share}: expected above 0 and at most 1. 0.2 is usual.");
                var parts = arguments.GetRequiredValue(adapters).Select(Parse).ToList();
                var origin = ModelPath.ResolveFolder(arguments.GetRequiredValue(model), "Adapters merge into the base's weights, not into a GGUF file.");
                var folder = Folder(arguments.GetRequiredValue(target), [origin, .. parts.Select(part => part.Folder)]);
                AdapterMerge.Merge(origin, parts,
                    arguments.GetRequiredValue(method) == "ties" ? share : null, Type(arguments.GetRequiredValue(type)), folder);
                ModelCard.Carry([ModelCard.PathOf(origin), .. parts.Select(part => ModelCard.PathOf(part.Folder))], folder);
                output.Result(new { Model = folder, Adapters = parts.Select(part => new { part.Folder, part.Weight }) }, console => console.WriteLine(folder));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Command Unmerge()
    {
        var model = new Argument<string>("MODEL") { Description = "The Hugging Face folder with the adapter merged in." };
        var adapter = new Option<string>("--adapter") { Description = "The adapter's folder.", HelpName = "DIR", Required = true };
        var origin = new Option<string>("--base") { Description = "The base that the adapter was trained on.", HelpName = "DIR", Required = true };
        var (target, type) = (Target(), DataType());
        return Verb.Create("unmerge", "Take a merged adapter out of a model's weights again.",
            "geobuk adapter unmerge merged --adapter runs/a/adapted/adapter --base samples/ax-pico --out restored", [model, adapter, origin, target, type], (arguments, output, _) =>
            {
                var merged = ModelPath.ResolveFolder(arguments.GetRequiredValue(model), "An adapter is taken out of weights, not out of a GGUF file.");
                var (part, source) = (arguments.GetRequiredValue(adapter), ModelPath.ResolveFolder(arguments.GetRequiredValue(origin), "The base is needed with its weights, not as a GGUF file."));
                var folder = Folder(arguments.GetRequiredValue(target), merged, part, source);
                AdapterMerge.Unmerge(merged, part, source, Type(arguments.GetRequiredValue(type)), folder);
                output.Result(new { Model = folder }, console => console.WriteLine(folder));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Option<string> Target() => new("--out") { Description = "The folder to write.", HelpName = "DIR", Required = true };

    private static Option<string> DataType()
    {
        var option = new Option<string>("--type") { Description = "Type of the written weights.", DefaultValueFactory = _ => "bf16" };
        option.AcceptOnlyFromAmong("bf16", "f16", "f32");
        return option;
    }

    private static TensorDataType Type(string name) => name switch { "f32" => TensorDataType.F32, "f16" => TensorDataType.F16, _ => TensorDataType.BF16 };

    private static (string Folder, double Weight) Parse(string text)
    {
        var at = text.LastIndexOf(':');
        if (at <= 0 || Directory.Exists(text)) return (text, 1);
        if (double.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && double.IsFinite(weight)) return (text[..at], weight);
        if (Directory.Exists(text[..at])) throw new UserInputException($"--adapter {text}: the weight is {text[(at + 1)..]}; expected a number, such as 0.5. Correct it, or leave it out for 1.");
        return (text, 1);
    }

    /// <summary>The folder to write, which must be none of those that are read.</summary>
    private static string Folder(string target, params IEnumerable<string> read)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        foreach (var source in read.Where(source => Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)) == full))
            throw new UserInputException($"--out {target}: is {source} itself, which is read; expected another folder. Choose one.");
        return target;
    }
}
