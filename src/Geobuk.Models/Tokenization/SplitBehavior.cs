namespace Geobuk.Models.Tokenization;

/// <summary>What a split does with the delimiters that it finds, by the names of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>A word of its own.</summary>
    Isolated,
    /// <summary>Left out of the text.</summary>
    Removed,
    /// <summary>The end of the word before; a delimiter right after another is a word of its own.</summary>
    MergedWithPrevious,
    /// <summary>The beginning of the word after; a delimiter right before another is a word of its own.</summary>
    MergedWithNext,
    /// <summary>A word of its own together with the delimiters next to it.</summary>
    Contiguous,
}
