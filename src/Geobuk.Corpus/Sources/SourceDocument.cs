using Geobuk.Corpus.Cleaning;

namespace Geobuk.Corpus.Sources;

/// <summary>A document as read: its structure and the plain text that is trained on.</summary>
public sealed record SourceDocument
{
    /// <summary>Name within the source: relative path, for JSON lines followed by # and the record's id or line.</summary>
    public required string Id { get; init; }
    /// <summary>The folder or file that the user named.</summary>
    public required string Source { get; init; }
    /// <summary>Title, if the document states one.</summary>
    public string? Title { get; init; }
    /// <summary>Kind as stated, such as 법률 or 대통령령.</summary>
    public string? Kind { get; init; }
    /// <summary>Structure in reading order.</summary>
    public required IReadOnlyList<Block> Blocks { get; init; }
    /// <summary>Normalised plain text of all blocks.</summary>
    public required string Text { get; init; }
    /// <summary>What normalisation changed.</summary>
    public required NormalizationCounts Counts { get; init; }
    /// <summary>Where it was read from.</summary>
    public required DocumentLocation Location { get; init; }

    /// <summary>Articles (조) outside the supplementary provisions.</summary>
    public int ArticleCount => Blocks.Count(block => block.Kind == BlockKind.Article);
}
