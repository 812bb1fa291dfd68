using System.Text.Encodings.Web;
using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Corpus.Admission;

/// <summary>The file of reviewers' decisions, JSON lines that are only ever added to; the last one on an item holds.</summary>
public sealed class ReviewDecisions
{
    private static readonly JsonSerializerOptions Lines = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly Dictionary<string, ReviewDecision> _byItem = new(StringComparer.Ordinal);

    /// <summary>No decisions.</summary>
    public static ReviewDecisions None { get; } = new();

    /// <summary>Reads the file; a file that does not exist holds none.</summary>
    /// <exception cref="UserInputException">Every line that is not a decision.</exception>
    public static ReviewDecisions Load(string? path)
    {
        if (path is null || !File.Exists(path)) return None;
        var decisions = new ReviewDecisions();
        var problems = new List<string>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (Parse(line) is { } decision) decisions._byItem[decision.Item] = decision;
            else problems.Add($"{path}:{number}: not a decision; expected an object with item, document, reason, decision (release or keep), because, by and at. Decide again with geobuk corpus decide and remove the line.");
        }
        return problems.Count == 0 ? decisions : throw new UserInputException(problems);
    }

    /// <summary>The decision on <paramref name="item"/>; null where there is none.</summary>
    public ReviewDecision? On(string item) => _byItem.GetValueOrDefault(item);

    /// <summary>Adds a decision at the end of the file and sees it to the disk.</summary>
    public static void Append(string path, ReviewDecision decision)
    {
        var before = File.Exists(path) ? File.ReadAllText(path) : "";
        if (before.Length > 0 && !before.EndsWith('\n')) before += "\n";
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        AtomicFile.WriteText(path, before + JsonSerializer.Serialize(decision, Lines) + "\n");
    }

    private static ReviewDecision? Parse(string line)
    {
        try
        {
            var decision = JsonSerializer.Deserialize<ReviewDecision>(line, Lines);
            return decision is { Decision: ReviewDecision.Release or ReviewDecision.Keep, Item.Length: 64 } && decision.Because.Length > 0 ? decision : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
