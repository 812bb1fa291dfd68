using System.CommandLine;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus</c>: what the corpus step makes of documents.</summary>
internal static class CorpusCommand
{
    public static Command Create()
    {
        var command = new Command("corpus", "Look at documents as the corpus step does.");
        command.Add(Extract());
        command.Add(SynthesizeCommand.Create());
        return command;
    }

    private static Command Extract()
    {
        var files = new Argument<string[]>("FILE") { Description = "Documents.", Arity = ArgumentArity.OneOrMore };
        var target = new Option<string?>("--out") { Description = "Write the text of each document into this folder.", HelpName = "DIR" };
        return Verb.Create("extract", "Show the text of documents.",
            "geobuk corpus extract samples/rulebook/규정/*.md", [files, target], (arguments, output, _) =>
            {
                var results = arguments.GetRequiredValue(files).SelectMany(Read).ToList();
                if (arguments.GetValue(target) is { } folder) Save(folder, results);
                output.Result(new { Files = results }, console =>
                {
                    foreach (var result in results) console.WriteLine(result.Ok ? $"{result.Path}: {result.Chars} characters\n{result.Text}\n" : result.Reason!);
                });
                return Task.FromResult(results.TrueForAll(result => result.Ok) ? ExitCode.Done : ExitCode.WrongInput);
            });
    }

    private static IEnumerable<Extracted> Read(string path)
    {
        try
        {
            return [.. DocumentReaders.Read(path).Select(document => new Extracted(path, document.Format, true, null, document.Text, document.Text.Length))];
        }
        catch (UserInputException fault)
        {
            return [new Extracted(path, Path.GetExtension(path).TrimStart('.'), false, fault.Message, null, 0)];
        }
    }

    private static void Save(string folder, List<Extracted> results)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < results.Count; i++)
            if (results[i].Text is { } text) File.WriteAllText(Path.Combine(folder, $"{i:D4}-{Path.GetFileNameWithoutExtension(results[i].Path)}.txt"), text);
    }

    private sealed record Extracted(string Path, string Format, bool Ok, string? Reason, string? Text, int Chars);
}
