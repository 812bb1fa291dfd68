using System.CommandLine;
using Geobuk.Corpus.Cards;
using Geobuk.Models;

namespace Geobuk.Cli.Commands;

/// <summary>The MODEL argument: a Hugging Face folder, a GGUF file, or an artifact folder of a run.</summary>
internal static class ModelPath
{
    public static Argument<string> Argument(string name = "MODEL") =>
        new(name) { Description = "A Hugging Face folder, a GGUF file, or an artifact folder of a run." };

    /// <summary>The Hugging Face folder or GGUF file that is meant.</summary>
    /// <exception cref="UserInputException">There is no model at the path.</exception>
    public static string Resolve(string path)
    {
        if (File.Exists(path)) return path;
        if (!Directory.Exists(path))
            throw new UserInputException(path.StartsWith("--", StringComparison.Ordinal)
                ? $"{path}: no such option; expected one of those that --help lists. Check its name."
                : $"{path}: no such file or folder; expected a model: a Hugging Face folder, a GGUF file or an artifact folder. Check the path.");
        if (File.Exists(Path.Combine(path, "config.json"))) return path;
        var inside = Path.Combine(path, "model");
        if (File.Exists(Path.Combine(inside, "config.json"))) return inside;
        var files = Directory.GetFiles(path, "*.gguf");
        return files switch
        {
            [var only] => only,
            [] => throw new UserInputException($"{path}: neither config.json nor a .gguf file in it; expected a model. Check the path."),
            _ => throw new UserInputException($"{path}: {files.Length} .gguf files in it; expected one. Name the file."),
        };
    }

    /// <summary>The card of a model; there need be none. The one of an artifact folder stands beside its GGUF file.</summary>
    public static string CardOf(string path)
    {
        var own = ModelCard.PathOf(Resolve(path));
        return !File.Exists(own) && Directory.Exists(path) ? Path.Combine(path, ModelCard.FileName) : own;
    }

    /// <summary>Whether a folder holds a model in one of the places where <see cref="Resolve"/> looks.</summary>
    public static bool HasModel(string folder) =>
        File.Exists(Path.Combine(folder, "config.json")) || File.Exists(Path.Combine(folder, "model", "config.json")) || Directory.GetFiles(folder, "*.gguf").Length > 0;

    /// <summary>The Hugging Face folder that is meant, where a GGUF file will not do.</summary>
    public static string ResolveFolder(string path, string why)
    {
        var resolved = Resolve(path);
        return Directory.Exists(resolved) ? resolved : throw new UserInputException($"{path}: a file; expected a Hugging Face folder. {why}");
    }
}
