namespace Geobuk.Recipes;

/// <summary>A byte-level BPE tokenizer to train.</summary>
public sealed record TokenizerConfig
{
    /// <summary>Tokens, bytes and special tokens included.</summary>
    [RecipeKey(Minimum = 272, Maximum = 1_000_000, Advice = "4096 to 32768 is usual; 256 bytes and the special tokens are among them.")]
    public int VocabularySize { get; init; } = 4096;
    /// <summary>Characters of the corpus to learn merges from.</summary>
    [RecipeKey(Minimum = 1000, Maximum = 1e12, Advice = "20000000 is enough for most domains.")]
    public long TrainOnCharacters { get; init; } = 20_000_000;
}
