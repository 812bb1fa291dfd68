using Geobuk.Corpus.Quality;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Selection;

/// <summary>What is remembered of a document between the two passes: everything but its text, and that too while there is room.</summary>
/// <param name="Kind">Domain or general.</param>
/// <param name="File">File it lies in.</param>
/// <param name="Location">Place in that file.</param>
/// <param name="Id">Name within its source.</param>
/// <param name="Hash">Hash of the normalised text.</param>
/// <param name="Characters">UTF-16 length of the normalised text.</param>
/// <param name="Articles">Statute articles in it.</param>
public sealed record DocumentEntry(
    CorpusKind Kind, SourceFile File, DocumentLocation Location, string Id, ContentHash Hash, int Characters, int Articles)
{
    /// <summary>The normalised text, where it was kept; null where it is read again.</summary>
    public string? Text { get; init; }
    /// <summary>Where it came from, and on what basis it may be used.</summary>
    public required DocumentOrigin Origin { get; init; }

    /// <summary>What the document says of itself, or null.</summary>
    public string? Title { get; init; }

    /// <summary>Which law it is, if it states one.</summary>
    public LawIdentity? Law { get; init; }

    /// <summary>Its dates, if it states them.</summary>
    public DocumentDates? Dates { get; init; }

    /// <summary>Where its supplementary provisions begin in the text; null where it has none.</summary>
    public int? Supplement { get; init; }

    /// <summary>The language that most of it is in.</summary>
    public LanguageGuess Language { get; init; }

    /// <summary>How it looks to the filters of web corpora; null where it has no text.</summary>
    public QualityScores? Quality { get; init; }

    /// <summary>Number of its signature; null where documents are not compared.</summary>
    public int? Signature { get; init; }

    /// <summary>True for statutes, decrees, rules and directives: what has articles, or says which law it is.</summary>
    public bool IsStatute { get; init; }
}
