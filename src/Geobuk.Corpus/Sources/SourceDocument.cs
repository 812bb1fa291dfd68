using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources;

/// <summary>A document as read: its structure and the plain text that is trained on.</summary>
public sealed record SourceDocument
{
    /// <summary>Name within the source: relative path, for JSON lines and tables followed by # and the record's id or line.</summary>
    public required string Id { get; init; }
    /// <summary>The folder or file that the user named.</summary>
    public required string Source { get; init; }
    /// <summary>What it was read as, such as hwp or statute-markdown.</summary>
    public required string Format { get; init; }
    /// <summary>Title, if the document states one.</summary>
    public string? Title { get; init; }
    /// <summary>Kind as stated, such as 법률 or 대통령령.</summary>
    public string? Kind { get; init; }
    /// <summary>Dates as stated; null where the format has none.</summary>
    public DocumentDates? Dates { get; init; }
    /// <summary>For laws and administrative rules: which one.</summary>
    public LawIdentity? Law { get; init; }
    /// <summary>Licence as the document itself states it, such as KOGL-1; null where it is silent.</summary>
    public string? License { get; init; }
    /// <summary>What the file's header says of its licence; null where it says nothing.</summary>
    public LicenseMark? LicenseMark { get; init; }
    /// <summary>Where it was published, as the document states it.</summary>
    public string? Origin { get; init; }
    /// <summary>Structure in reading order.</summary>
    public required IReadOnlyList<Block> Blocks { get; init; }
    /// <summary>Normalised plain text of the blocks; <see cref="Block.Start"/> says where each of them lies in it.</summary>
    public required string Text { get; init; }
    /// <summary>What the reader noticed; later stages add theirs in copies of the record.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];
    /// <summary>What normalisation changed.</summary>
    public required NormalizationCounts Counts { get; init; }
    /// <summary>Where it was read from.</summary>
    public required DocumentLocation Location { get; init; }

    /// <summary>Articles (조) outside the supplementary provisions.</summary>
    public int ArticleCount => Blocks.Count(block => block.Kind == BlockKind.Article);
}
