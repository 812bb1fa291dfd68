namespace Geobuk.Recipes;

/// <summary>A byte-level BPE tokenizer to train.</summary>
public sealed record TokenizerConfig
{
    /// <summary>Tokens, bytes and special tokens included.</summary>
    public int VocabularySize { get; init; } = 4096;
    /// <summary>Characters of the corpus to learn merges from.</summary>
    public long TrainOnCharacters { get; init; } = 20_000_000;
}
