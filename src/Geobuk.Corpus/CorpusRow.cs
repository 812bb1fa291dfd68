using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Geobuk.Corpus.Quality;
using Geobuk.Corpus.Selection;
using Geobuk.Models;

namespace Geobuk.Corpus;

/// <summary>One line of documents.jsonl, the table of the corpus: every document that was read and not quarantined, what it is and where it went.</summary>
public sealed record CorpusRow
{
    /// <summary>Name of the file in a corpus folder.</summary>
    public const string File = "documents.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Name within its source.</summary>
    public required string Id { get; init; }
    /// <summary>Folder or file that the user named.</summary>
    public required string Source { get; init; }
    /// <summary>Domain or general.</summary>
    public required CorpusKind Kind { get; init; }
    /// <summary>SHA-256 of the normalised, screened text, 64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
    /// <summary>The set whose shard has it, such as train.domain; null where none has.</summary>
    public string? Set { get; init; }
    /// <summary>Its number in that shard, from 0.</summary>
    public int? Place { get; init; }
    /// <summary>Why it is in no set.</summary>
    public string? Dropped { get; init; }
    /// <summary>UTF-16 length of the text.</summary>
    public required int Characters { get; init; }
    /// <summary>Statute articles.</summary>
    public required int Articles { get; init; }
    /// <summary>True for statutes, decrees, rules and directives.</summary>
    public required bool Statute { get; init; }
    /// <summary>Title, if it states one.</summary>
    public string? Title { get; init; }
    /// <summary>법령ID.</summary>
    public string? LawId { get; init; }
    /// <summary>법령MST, the version.</summary>
    public string? VersionId { get; init; }
    /// <summary>공포일자.</summary>
    public DateOnly? Promulgated { get; init; }
    /// <summary>시행일자.</summary>
    public DateOnly? Effective { get; init; }
    /// <summary>ko, en, zh-Hani, ja, other or und.</summary>
    public required string Language { get; init; }
    /// <summary>Its share of the letters.</summary>
    public required double LanguageShare { get; init; }
    /// <summary>Quality scores.</summary>
    public QualityScores? Quality { get; init; }

    /// <summary>True where one of <paramref name="names"/> is the document's id, the id of its law or the SHA-256 of its text, as in cleaning.remove.</summary>
    public static bool IsNamed(IReadOnlySet<string> names, string id, string? lawId, string sha256) =>
        names.Contains(id) || names.Contains(sha256) || (lawId is not null && names.Contains(lawId));

    /// <summary>The line, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads the table of a corpus folder, row by row.</summary>
    /// <exception cref="UserInputException">No table there, or a line that is none of its rows.</exception>
    public static IEnumerable<CorpusRow> Read(string folder)
    {
        var path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path)) throw new UserInputException($"{path}: no such file; expected the table of a corpus. Build the corpus again.");
        var number = 0;
        foreach (var line in System.IO.File.ReadLines(path))
        {
            number++;
            CorpusRow? row;
            try
            {
                row = JsonSerializer.Deserialize<CorpusRow>(line, Json);
            }
            catch (JsonException e)
            {
                throw new UserInputException($"{path}:{number}: {e.Message}; expected a row of the table. Build the corpus again.", e);
            }
            if (row is not null) yield return row;
        }
    }

    internal static IEnumerable<CorpusRow> Of(CorpusSurvey survey, IEnumerable<DroppedDocument> dropped, IReadOnlyList<SetWriter> sets)
    {
        var reasons = dropped.GroupBy(document => (document.Source, document.Id)).ToDictionary(group => group.Key, group => group.First().Reason);
        foreach (var entry in survey.Domain.Concat(survey.General))
        {
            var set = sets.FirstOrDefault(set => set.PlaceOf(entry) is not null);
            yield return Of(entry) with { Set = set?.Name, Place = set?.PlaceOf(entry), Dropped = set is null ? reasons.GetValueOrDefault((entry.File.Source, entry.Id)) : null };
        }
    }

    private static CorpusRow Of(DocumentEntry entry) => new()
    {
        Id = entry.Id,
        Source = entry.File.Source,
        Kind = entry.Kind,
        Sha256 = entry.Hash.ToString(),
        Characters = entry.Characters,
        Articles = entry.Articles,
        Statute = entry.IsStatute,
        Title = entry.Title,
        LawId = entry.Law?.LawId,
        VersionId = entry.Law?.VersionId,
        Promulgated = entry.Dates?.Promulgated,
        Effective = entry.Dates?.Effective,
        Language = entry.Language.Language,
        LanguageShare = entry.Language.Share,
        Quality = entry.Quality,
    };
}
