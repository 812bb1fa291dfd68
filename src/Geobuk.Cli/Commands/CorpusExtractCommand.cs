using System.CommandLine;
using System.Text.Json;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Recipes;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus extract</c>: the text and structure of documents.</summary>
internal static class CorpusExtractCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Documents, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var target = new Option<string?>("--out") { Description = "Write the text of each document into this folder, and its structure as JSON beside it.", HelpName = "DIR" };
        return Verb.Create("extract", "Show the text and structure of documents: HWP, HWPX, HWPML, PDF, DOCX, XLSX, HTML, law.go.kr XML and JSON, Markdown, DITA, CSV, JSON lines, Parquet, text.",
            "geobuk corpus extract samples/rulebook/규정/*.md", [files, target], (arguments, output, cancellation) =>
            {
                var paths = arguments.GetRequiredValue(files).SelectMany(Listed).ToList();
                var results = paths.AsParallel().AsOrdered().WithCancellation(cancellation).SelectMany(Read).ToList();
                if (arguments.GetValue(target) is { } folder) Save(folder, results);
                output.Result(new { Files = results.ConvertAll(result => result.Row) }, console =>
                {
                    foreach (var (row, _) in results) console.WriteLine(row.Ok ? $"{row.Path}: {row.Chars} characters\n{row.Text}\n" : row.Reason!);
                });
                return Task.FromResult(results.TrueForAll(result => result.Row.Ok) ? ExitCode.Done : ExitCode.WrongInput);
            });
    }

    private static IEnumerable<string> Listed(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [path];

    private static IEnumerable<(Extracted Row, SourceDocument? Document)> Read(string path)
    {
        try
        {
            return [.. DocumentReaders.Read(path).Select(document => (Row(path, document), (SourceDocument?)document))];
        }
        catch (UserInputException fault)
        {
            var reason = fault is RefusedDocumentException refusal ? $"{refusal.Reason}: {fault.Message}" : fault.Message;
            return [(new Extracted(path, Path.GetExtension(path).TrimStart('.').ToLowerInvariant(), false, reason, null, 0) { Id = Path.GetFileName(path) }, null)];
        }
    }

    private static Extracted Row(string path, SourceDocument document) => new(path, document.Format, true, null, document.Text, document.Text.Length)
    {
        Id = document.Id,
        Title = document.Title,
        Promulgated = document.Dates?.Promulgated,
        Effective = document.Dates?.Effective,
        Blocks = document.Blocks.Count,
        Articles = document.ArticleCount,
        Findings = [.. document.Findings.Select(finding => finding.Kind)],
    };

    private static void Save(string folder, List<(Extracted Row, SourceDocument? Document)> results)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i].Document is not { } document) continue;
            var name = Path.Combine(folder, $"{i:D4}-{Path.GetFileNameWithoutExtension(results[i].Row.Path)}");
            File.WriteAllText(name + ".txt", document.Text);
            File.WriteAllText(name + ".json", JsonSerializer.Serialize(document, RecipeJson.Options));
        }
    }

    private sealed record Extracted(string Path, string Format, bool Ok, string? Reason, string? Text, int Chars)
    {
        public required string Id { get; init; }
        public string? Title { get; init; }
        public DateOnly? Promulgated { get; init; }
        public DateOnly? Effective { get; init; }
        public int Blocks { get; init; }
        public int Articles { get; init; }
        public IReadOnlyList<string> Findings { get; init; } = [];
    }
}
