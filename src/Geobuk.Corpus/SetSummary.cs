namespace Geobuk.Corpus;

/// <summary>One token shard in numbers.</summary>
public sealed record SetSummary
{
    /// <summary>Documents, cut ones included.</summary>
    public int Documents { get; init; }
    /// <summary>Tokens, the document ends included.</summary>
    public long Tokens { get; init; }
    /// <summary>Characters of text.</summary>
    public long Characters { get; init; }
    /// <summary>Statute articles of the documents; those of cut documents are not counted.</summary>
    public int Articles { get; init; }
}
