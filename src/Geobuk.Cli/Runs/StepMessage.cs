using System.Text.Json;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>A line from a step's process to the run: progress, or why it ended.</summary>
internal sealed record StepMessage
{
    private static readonly JsonSerializerOptions OneLine = new(RecipeJson.Options) { WriteIndented = false };

    public StepReport? Report { get; init; }
    public IReadOnlyList<string>? Problems { get; init; }

    public string ToLine() => JsonSerializer.Serialize(this, OneLine);

    /// <summary>Reads a line; null where it is something else, such as what a native library prints.</summary>
    public static StepMessage? TryParse(string line)
    {
        if (!line.StartsWith('{')) return null;
        try
        {
            return JsonSerializer.Deserialize<StepMessage>(line, OneLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
