using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Corpus.Cards;

/// <summary>The cards of a corpus: Croissant 1.1, SPDX 3.0.1 with the Dataset profile, and one to read.</summary>
public static class CorpusCards
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Names of the cards in a corpus folder.</summary>
    public static IReadOnlyList<string> Names { get; } = [CroissantCard.FileName, SpdxCard.FileName, ReadableCard.FileName];

    /// <summary>Writes the cards of a finished corpus folder, checked against what their standards require.</summary>
    /// <param name="folder">The folder with corpus.json.</param>
    /// <param name="name">The corpus' name.</param>
    /// <param name="created">When it was made, UTC.</param>
    /// <param name="tool">Name and version of the program.</param>
    public static void Write(string folder, string name, DateTime created, string tool)
    {
        var facts = CardFacts.Of(folder, name, created, tool);
        Write(Path.Combine(folder, CroissantCard.FileName), CroissantCard.Of(facts));
        Write(Path.Combine(folder, SpdxCard.FileName), SpdxCard.Of(facts));
        AtomicFile.WriteText(Path.Combine(folder, ReadableCard.FileName), ReadableCard.Of(facts));
        if (Problems(folder).ToList() is [var first, ..]) throw new InvalidDataException($"{folder}: {first}");
    }

    /// <summary>What is wrong with the cards in a folder, a line each: missing, not JSON, or not what their standards require.</summary>
    public static IEnumerable<string> Problems(string folder)
    {
        foreach (var (name, rules) in new (string, Func<JsonNode, IEnumerable<string>>)[] { (CroissantCard.FileName, CroissantRules.Problems), (SpdxCard.FileName, SpdxRules.Problems) })
        {
            if (Parse(Path.Combine(folder, name)) is not { } card) yield return $"{name}: missing or not JSON";
            else
                foreach (var problem in rules(card)) yield return $"{name}: {problem}";
        }
        if (!File.Exists(Path.Combine(folder, ReadableCard.FileName))) yield return $"{ReadableCard.FileName}: missing";
    }

    /// <summary>Files with the SHA-256 that the Croissant card states.</summary>
    public static IReadOnlyList<CardFile> StatedFiles(string folder) =>
    [
        .. CroissantRules.Nodes(Parse(Path.Combine(folder, CroissantCard.FileName))?["distribution"])
            .Select(file => new CardFile((string?)file["@id"] ?? "", 0, (string?)file["sha256"] ?? "")),
    ];

    private static void Write(string path, JsonObject card) => AtomicFile.WriteText(path, card.ToJsonString(Json) + "\n");

    private static JsonNode? Parse(string path)
    {
        try
        {
            return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
