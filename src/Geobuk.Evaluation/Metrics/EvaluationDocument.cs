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
    /// <summary>Documents of a .jsonl file with "text" (and "id") per line, or a plain text file as one document.</summary>
    /// <exception cref="UserInputException">Absent, not UTF-8, a line of another form, or no text at all.</exception>
    public static IReadOnlyList<EvaluationDocument> Read(string path)
    {
        var documents = path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
            ? [.. TextLines.Read(path).Select(line => Parse(path, line.Number, line.Text))]
            : new List<EvaluationDocument> { new(Path.GetFileName(path), TextLines.ReadAll(path)) };
        return documents.Exists(document => document.Text.Length > 0)
            ? documents
            : throw new UserInputException($"{path}: the file holds no text; expected one document or more. Give another file.");
    }

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
