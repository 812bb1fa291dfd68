using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Evaluation.Tasks;
using Geobuk.Models;

namespace Geobuk.Evaluation.Metrics;

/// <summary>A text whose perplexity is measured by itself, independent of the others.</summary>
/// <param name="Id">Name in results.</param>
/// <param name="Text">As the tokenizer gets it.</param>
public sealed record EvaluationDocument(string Id, string Text)
{
    /// <summary>Documents of a .jsonl file with "text" (and "id") per line, a plain text file as one document, or those of all such files of a folder (.txt, .md, .jsonl).</summary>
    /// <exception cref="UserInputException">Absent, not UTF-8, a line of another form, or no text at all.</exception>
    public static IReadOnlyList<EvaluationDocument> Read(string path)
    {
        var documents = Directory.Exists(path) ? [.. TextFiles.Below(path).SelectMany(file => OfFile(file, Path.GetRelativePath(path, file)))] : OfFile(path, Path.GetFileName(path)).ToList();
        return documents.Exists(document => document.Text.Length > 0)
            ? documents
            : throw new UserInputException($"{path}: there is no text in it; expected one document or more, in a text file, a .jsonl or a folder of them (.txt, .md, .jsonl). Give another.");
    }

    private static IEnumerable<EvaluationDocument> OfFile(string path, string name) =>
        path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? TextLines.Read(path).Select(line => Parse(path, line.Number, line.Text)) : [new(name, TextLines.ReadAll(path))];

    private static EvaluationDocument Parse(string path, int number, string line)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject root && root["text"] is JsonValue value && value.TryGetValue<string>(out var text))
                return new EvaluationDocument(root["id"]?.ToString() ?? $"{number}", text);
        }
        catch (JsonException)
        {
            // Reported below with its place, like an object of another form.
        }
        throw new UserInputException($"{path}:{number}: the line has no text; expected {{\"id\": …, \"text\": …}}. Correct the line.");
    }
}
