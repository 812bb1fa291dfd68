using Geobuk.Corpus.Normalization;
using Geobuk.Corpus.Selection;

namespace Geobuk.Corpus;

/// <summary>One row of the report: a folder or file that the recipe names.</summary>
public sealed record SourceSummary
{
    /// <summary>As the recipe names it.</summary>
    public required string Source { get; init; }
    /// <summary>Domain or general.</summary>
    public required CorpusKind Kind { get; init; }
    /// <summary>Files read.</summary>
    public required int Files { get; init; }
    /// <summary>Documents in them.</summary>
    public required int Documents { get; init; }
    /// <summary>Documents that are in a set.</summary>
    public int Kept { get; init; }
    /// <summary>Characters of normalised text, all documents.</summary>
    public required long Characters { get; init; }
    /// <summary>Statute articles, all documents.</summary>
    public required int Articles { get; init; }
    /// <summary>Files left out, by extension.</summary>
    public required IReadOnlyDictionary<string, int> Unsupported { get; init; }
    /// <summary>What normalisation changed.</summary>
    public required NormalizationCounts Normalization { get; init; }
}
