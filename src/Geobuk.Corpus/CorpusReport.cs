using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Geobuk.Corpus.Normalization;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>What was read, what was kept and why the rest was not; corpus.json, keys in snake_case.</summary>
public sealed record CorpusReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        // Korean stays readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Documents found: kept and dropped, files of formats that are not read included.</summary>
    public required int Documents { get; init; }
    /// <summary>Documents in a set.</summary>
    public required int Kept { get; init; }
    /// <summary>Documents in no set, by reason.</summary>
    public required IReadOnlyDictionary<string, int> Dropped { get; init; }
    /// <summary>Of the dropped ones those that could not or must not be used, by reason.</summary>
    public IReadOnlyDictionary<string, int> Quarantined { get; init; } = new Dictionary<string, int>();
    /// <summary>Pieces of text that were masked, by kind.</summary>
    public IReadOnlyDictionary<string, int> Redactions { get; init; } = new Dictionary<string, int>();
    /// <summary>On what basis the kept documents are used; what has no basis is quarantined.</summary>
    public IReadOnlyList<LicenseSummary> Licenses { get; init; } = [];
    /// <summary>What the use of this corpus, and of what is trained on it, obliges to: every obligation of any kept document.</summary>
    public IReadOnlyList<string> Obligations { get; init; } = [];
    /// <summary>Root of the Merkle tree over the lines of lineage.jsonl, 64 hexadecimal digits.</summary>
    public string MerkleRoot { get; init; } = "";
    /// <summary>Beginnings of some documents.</summary>
    public IReadOnlyList<TextSample> Samples { get; init; } = [];
    /// <summary>Documents dropped because their text repeats another's.</summary>
    public required int Duplicates { get; init; }
    /// <summary>Pairs of documents of similar text, by relation; near_duplicates.jsonl has each.</summary>
    public IReadOnlyDictionary<string, int> NearDuplicates { get; init; } = new Dictionary<string, int>();
    /// <summary>What was cut out of documents, by kind; cuts.jsonl has each.</summary>
    public IReadOnlyDictionary<string, CutCounts> CutOut { get; init; } = new Dictionary<string, CutCounts>();
    /// <summary>Training tokens, domain and general.</summary>
    public required long Tokens { get; init; }
    /// <summary>Characters of all documents that were read.</summary>
    public required long Characters { get; init; }
    /// <summary>The four shards by name.</summary>
    public required IReadOnlyDictionary<string, SetSummary> Sets { get; init; }
    /// <summary>The replay as wanted and as it is.</summary>
    public required ReplaySummary Replay { get; init; }
    /// <summary>Folders and files of the recipe.</summary>
    public required IReadOnlyList<SourceSummary> Sources { get; init; }
    /// <summary>What normalisation changed in all documents.</summary>
    public required NormalizationCounts Normalization { get; init; }
    /// <summary>Statute articles read and kept.</summary>
    public required ArticleCounts Articles { get; init; }
    /// <summary>Documents of which only the beginning is in a set.</summary>
    public required IReadOnlyList<CutDocument> Cut { get; init; }
    /// <summary>The longest document in any set.</summary>
    public required LongestDocument? Longest { get; init; }
    /// <summary>The recipe's part that made it, so that it can be made again; null in reports older than this.</summary>
    public CorpusConfig? Recipe { get; init; }
    /// <summary>The seed that made it.</summary>
    public int Seed { get; init; }
    /// <summary>SHA-256 of the tokenizer.</summary>
    public required string TokenizerDigest { get; init; }
    /// <summary>Its vocabulary.</summary>
    public required int VocabularySize { get; init; }
    /// <summary>Things worth knowing before training.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Reads corpus.json.</summary>
    public static CorpusReport Load(string path) => JsonSerializer.Deserialize<CorpusReport>(File.ReadAllText(path), Json)!;

    /// <summary>The text of corpus.json.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";
}
