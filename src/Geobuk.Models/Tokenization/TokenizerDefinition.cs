namespace Geobuk.Models.Tokenization;

/// <summary>Everything that determines a tokenizer, read from whichever file form.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>Names the source in errors.</summary>
    public required string Place { get; init; }
    /// <summary>Token text by id (bytes in <see cref="ByteAlphabet"/>, added tokens as they are); null where an id is unused.</summary>
    public required string?[] Tokens { get; init; }
    /// <summary>Pairs of token texts in order of rank.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }
    /// <summary>Tokens cut out before BPE.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }
    /// <summary>Cuts text into words.</summary>
    public required ISplitter Splitter { get; init; }
    /// <summary>Puts a space before a text that does not start with one.</summary>
    public bool AddPrefixSpace { get; init; }
    /// <summary>Puts a space before every word that does not start with one, and splits the words in this manner after that.</summary>
    public ISplitter? SpacedSplitter { get; init; }
    /// <summary>The pre_tokenizer as tokenizer.json had it, or null.</summary>
    public string? PreTokenizer { get; init; }
    /// <summary>Text is brought to Unicode NFC first.</summary>
    public bool ComposeCanonically { get; init; }
    /// <summary>A word that is a token is taken whole even where merges lead elsewhere.</summary>
    public bool IgnoreMerges { get; init; }
    /// <summary>Stands for bytes that the vocabulary lacks.</summary>
    public int? UnknownId { get; init; }
    /// <summary>Special tokens put before a text on request.</summary>
    public IReadOnlyList<int> Prefix { get; init; } = [];
    /// <summary>Special tokens put after a text on request.</summary>
    public IReadOnlyList<int> Suffix { get; init; } = [];
    /// <summary>Beginning of sequence.</summary>
    public int? BosTokenId { get; init; }
    /// <summary>End of sequence.</summary>
    public int? EosTokenId { get; init; }
    /// <summary>Padding.</summary>
    public int? PadTokenId { get; init; }
    /// <summary>Tokens that the generation configuration names as ends, beside <see cref="EosTokenId"/>.</summary>
    public IReadOnlyList<int> GenerationEnds { get; init; } = [];
    /// <summary>Jinja template of a chat.</summary>
    public string? ChatTemplate { get; init; }
}
