using System.Text.Encodings.Web;
using System.Text.Json;

namespace Geobuk.Corpus.Duplicates;

/// <summary>Two documents of similar text; a line of near_duplicates.jsonl.</summary>
/// <param name="Id">The later document.</param>
/// <param name="Source">Its source.</param>
/// <param name="Other">The document that it resembles.</param>
/// <param name="OtherSource">That one's source.</param>
/// <param name="Similarity">Jaccard similarity of their shingles: exact where it decided, else estimated from the signatures.</param>
/// <param name="Relation">copy, version, sister or similar.</param>
/// <param name="Dropped">True where the later one was left out for it.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record NearDuplicatePair(string Id, string Source, string Other, string OtherSource, double Similarity, string Relation, bool Dropped, string Reason)
{
    /// <summary>Name of the file in a corpus folder.</summary>
    public const string File = "near_duplicates.jsonl";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The pairs of a corpus folder; none where they were not looked for.</summary>
    public static IEnumerable<NearDuplicatePair> Read(string folder)
    {
        var path = Path.Combine(folder, File);
        return System.IO.File.Exists(path) ? System.IO.File.ReadLines(path).Select(line => JsonSerializer.Deserialize<NearDuplicatePair>(line, Json)!) : [];
    }
}
