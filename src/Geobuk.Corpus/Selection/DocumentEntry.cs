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
}
