using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Selection;
using Geobuk.Models;

namespace Geobuk.Corpus.Lineage;

/// <summary>One line of lineage.jsonl: from which bytes, by which transforms, a document became which tokens of which shard. The lines are the leaves of the corpus' Merkle tree.</summary>
public sealed record DocumentLineage
{
    /// <summary>Name of the file in a corpus folder.</summary>
    public const string FileName = "lineage.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Name within its source.</summary>
    public required string Id { get; init; }
    /// <summary>Folder or file that the user named.</summary>
    public required string Source { get; init; }
    /// <summary>What it was read as.</summary>
    public required string Format { get; init; }
    /// <summary>SHA-256 of the file it was read from.</summary>
    public required string FileSha256 { get; init; }
    /// <summary>First byte of the document in the file.</summary>
    public required long Offset { get; init; }
    /// <summary>Its bytes.</summary>
    public required long Length { get; init; }
    /// <summary>Line in the file; 0 where the document is the whole file.</summary>
    public required int Line { get; init; }
    /// <summary>In the order in which they were applied; each has the hash of the text after it.</summary>
    public required IReadOnlyList<LineageTransform> Transforms { get; init; }
    /// <summary>On what basis it is used, and what that obliges to.</summary>
    public required LicenseDecision License { get; init; }
    /// <summary>The set whose shard has it.</summary>
    public required string Set { get; init; }
    /// <summary>Its number in that shard, from 0.</summary>
    public required int Place { get; init; }
    /// <summary>Its tokens.</summary>
    public required int Tokens { get; init; }
    /// <summary>SHA-256 of the token ids, each four bytes, lowest first.</summary>
    public required string TokensSha256 { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads one line.</summary>
    /// <exception cref="UserInputException">Not a line of lineage; <paramref name="place"/> says where.</exception>
    public static DocumentLineage Parse(string line, string place)
    {
        try
        {
            return JsonSerializer.Deserialize<DocumentLineage>(line, Json) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new UserInputException($"{place}: {e.Message}; expected a document's lineage. Build the corpus again.", e);
        }
    }

    /// <summary>The transforms that <paramref name="entry"/> went through, but for a cut.</summary>
    internal static IEnumerable<LineageTransform> TransformsOf(DocumentEntry entry)
    {
        var origin = entry.Origin;
        yield return new LineageTransform("read", origin.ReadSha256.ToString());
        foreach (var release in origin.Releases)
            yield return new LineageTransform("release", origin.ReadSha256.ToString()) { Decision = release.Item, Because = $"{release.By}: {release.Because}" };
        // Masks and structural cuts are applied in one go; there is no text between them.
        if (origin.Redactions.Count + origin.Cuts.Count > 0)
            yield return new LineageTransform(origin.Cuts.Count == 0 ? "mask" : "clean", entry.Hash.ToString()) { Changes = origin.Redactions.Concat(origin.Cuts).ToDictionary() };
    }
}
