using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>What an artifact is and where it comes from; the file manifest.json in its folder.</summary>
internal sealed record Manifest
{
    public const string FileName = "manifest.json";

    public int Format { get; init; } = 1;
    public required string Id { get; init; }
    public required string Step { get; init; }
    public required int StepVersion { get; init; }
    public required string Fingerprint { get; init; }
    public JsonNode? RecipePart { get; init; }
    public required string RecipePartSha256 { get; init; }
    public required int Seed { get; init; }
    /// <summary>Artifact id by parent step.</summary>
    public required IReadOnlyDictionary<string, string> Parents { get; init; }
    /// <summary>SHA-256 of the content by path.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }
    public required IReadOnlyList<ManifestFile> Files { get; init; }
    public required string ToolVersion { get; init; }
    public required Machine Machine { get; init; }
    public required DateTime Finished { get; init; }
    /// <summary>Duration of the attempt that finished it.</summary>
    public required double Seconds { get; init; }
    /// <summary>Largest resident memory of the process that finished it; 0 in manifests older than the figure.</summary>
    public long PeakRssBytes { get; init; }

    /// <summary>Reads an artifact's manifest, or null where there is none that can be read.</summary>
    public static Manifest? TryRead(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(path), RecipeJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
