using System.Globalization;

namespace Geobuk.Models.Tokenization;

/// <summary>Splits at single characters of a kind: Digits, Punctuation, WhitespaceSplit and CharDelimiterSplit of tokenizer.json.</summary>
/// <param name="kind">Names the kind in <see cref="Rule"/>.</param>
/// <param name="delimits">Whether a code point is a delimiter.</param>
/// <param name="behavior">What becomes of delimiters.</param>
internal sealed class CharacterSplitter(string kind, Func<int, bool> delimits, SplitBehavior behavior) : ISplitter
{
    public string Rule => $"{kind} {behavior}";

    /// <summary>Numbers of category N, one by one or run by run.</summary>
    public static CharacterSplitter Digits(bool individual) =>
        new("digits", point => CharUnicodeInfo.GetUnicodeCategory(point) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber,
            individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    /// <summary>ASCII's punctuation and symbols, and Unicode's category P.</summary>
    public static CharacterSplitter Punctuation(SplitBehavior behavior) =>
        new("punctuation", point => point < 128
            ? char.IsPunctuation((char)point) || char.IsSymbol((char)point)
            : CharUnicodeInfo.GetUnicodeCategory(point) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation, behavior);

    /// <summary>White space, which is left out.</summary>
    public static CharacterSplitter Whitespace() => new("whitespace", point => point <= char.MaxValue && char.IsWhiteSpace((char)point), SplitBehavior.Removed);

    /// <summary>One character, which is left out.</summary>
    public static CharacterSplitter At(int delimiter) => new($"U+{delimiter:X4}", point => point == delimiter, SplitBehavior.Removed);

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        var output = new DelimiterWords(behavior, offset, words);
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            var (point, length) = pair ? (char.ConvertToUtf32(text[i], text[i + 1]), 2) : (text[i], 1);
            if (delimits(point))
            {
                if (start < i) output.Add(start, i, false);
                output.Add(i, i + length, true);
                start = i + length;
            }
            i += length;
        }
        if (start < text.Length) output.Add(start, text.Length, false);
        output.Complete();
    }
}
