namespace Geobuk.Corpus.Normalization;

/// <summary>What normalisation changed in a text; all are counts of characters or lines.</summary>
/// <param name="LineEndings">CR, CRLF, NEL, form feed and Unicode separators turned into LF.</param>
/// <param name="Controls">Control characters, byte order marks and lone surrogates removed.</param>
/// <param name="TrailingSpaces">Spaces and tabs removed at line ends.</param>
/// <param name="BlankLines">Blank lines removed where more than one followed another.</param>
/// <param name="Composed">Decomposed sequences (Hangul jamo, kana, Latin) composed.</param>
public readonly record struct NormalizationCounts(long LineEndings, long Controls, long TrailingSpaces, long BlankLines, long Composed)
{
    /// <summary>Adds field by field.</summary>
    public static NormalizationCounts operator +(NormalizationCounts a, NormalizationCounts b) => new(
        a.LineEndings + b.LineEndings, a.Controls + b.Controls, a.TrailingSpaces + b.TrailingSpaces,
        a.BlankLines + b.BlankLines, a.Composed + b.Composed);

    /// <summary>The named form of <c>+</c>.</summary>
    public static NormalizationCounts Add(NormalizationCounts left, NormalizationCounts right) => left + right;
}
