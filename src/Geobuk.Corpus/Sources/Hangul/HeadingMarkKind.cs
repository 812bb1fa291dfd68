namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>How a paragraph is marked at its head.</summary>
internal enum HeadingMarkKind
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>With the section's outline numbering.</summary>
    Outline,
    /// <summary>With a numbering of its own.</summary>
    Number,
    /// <summary>With a bullet.</summary>
    Bullet,
}
