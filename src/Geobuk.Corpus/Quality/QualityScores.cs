namespace Geobuk.Corpus.Quality;

/// <summary>
/// How a text looks to the usual filters of web corpora, as columns, not as decisions: Gopher (Rae et al. 2021, arXiv:2112.11446), C4 and
/// FineWeb-2 (Penedo et al. 2025, arXiv:2506.20920) judge layout, and laws are laid out in lists.
/// </summary>
public sealed record QualityScores
{
    /// <summary>Words between white space.</summary>
    public required int Words { get; init; }
    /// <summary>Characters per word.</summary>
    public required double MeanWordLength { get; init; }
    /// <summary>Share of words with a letter.</summary>
    public required double LetterWords { get; init; }
    /// <summary>Hash signs and ellipses per word.</summary>
    public required double Symbols { get; init; }
    /// <summary>Share of lines that begin with a bullet.</summary>
    public required double BulletLines { get; init; }
    /// <summary>Share of lines that end with an ellipsis.</summary>
    public required double EllipsisLines { get; init; }
    /// <summary>Share of lines that end with a full stop or another closing mark.</summary>
    public required double PunctuatedLines { get; init; }
    /// <summary>Line breaks per word.</summary>
    public required double LineBreaks { get; init; }
    /// <summary>Share of the characters in lines that stood in the text before.</summary>
    public required double RepeatedLines { get; init; }
    /// <summary>Share of the characters in the most frequent pair of words; of the first 1,000 words.</summary>
    public required double TopPair { get; init; }
    /// <summary>Share of the words that end five words which stood in the text before; of the first 1,000 words.</summary>
    public required double RepeatedFives { get; init; }
    /// <summary>The first rule of FineWeb-2 for Korean that the text would fail, of those above; null where it would pass.</summary>
    public string? WebFilter { get; init; }
}
