using System.Globalization;
using System.Text.RegularExpressions;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Splits by any regular expression of a tokenizer.json. .NET matches UTF-16 units, tokenizers match code points:
/// text with astral characters is matched on a shadow in which each of them is one basic-plane stand-in of its category.
/// </summary>
internal sealed class RegexSplitter : ISplitter
{
    // A pattern that backtracks this long on one text is broken or hostile.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(20);

    private readonly Regex _regex;
    private readonly bool _keepGaps;
    private readonly bool _keepMatches;
    private readonly string _place;

    /// <param name="pattern">Regular expression in Oniguruma's syntax, as tokenizer.json holds it.</param>
    /// <param name="keepMatches">Matches become words.</param>
    /// <param name="keepGaps">Text between matches becomes words.</param>
    /// <param name="place">Names the pattern in errors.</param>
    /// <exception cref="UserInputException">The pattern uses what .NET cannot express.</exception>
    public RegexSplitter(string pattern, bool keepMatches, bool keepGaps, string place)
    {
        (_keepMatches, _keepGaps, _place) = (keepMatches, keepGaps, place);
        Rule = $"{pattern} matches={keepMatches} gaps={keepGaps}";
        try
        {
            _regex = new Regex(OnigurumaPattern.Translate(pattern, place), RegexOptions.CultureInvariant | RegexOptions.Compiled, MatchTimeout);
        }
        catch (ArgumentException e)
        {
            throw new UserInputException($"{place}: the pattern {pattern} cannot be read ({e.Message}); expected a regular expression of a byte-level BPE tokenizer. Fetch the file again, or this tokenizer is not supported.", e);
        }
    }

    public string Rule { get; }

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            SplitPlain(text, offset, words, null);
            return;
        }
        var shadow = new char[text.Length];
        var positions = new int[text.Length + 1];
        var length = Shadow(text, shadow, positions);
        SplitPlain(shadow.AsSpan(0, length), offset, words, positions);
    }

    private void SplitPlain(ReadOnlySpan<char> text, int offset, List<TextRange> words, int[]? positions)
    {
        var done = 0;
        try
        {
            foreach (var match in _regex.EnumerateMatches(text))
            {
                if (_keepGaps) Add(done, match.Index);
                if (_keepMatches) Add(match.Index, match.Index + match.Length);
                done = match.Index + match.Length;
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new UserInputException($"{_place}: the split pattern needs more than {MatchTimeout.TotalSeconds} s on one text; expected a pattern that runs in linear time. This tokenizer is not supported.", e);
        }
        if (_keepGaps) Add(done, text.Length);

        void Add(int start, int end)
        {
            if (start == end) return;
            words.Add(positions is null ? new TextRange(offset + start, offset + end) : new TextRange(offset + positions[start], offset + positions[end]));
        }
    }

    private static int Shadow(ReadOnlySpan<char> text, char[] shadow, int[] positions)
    {
        var length = 0;
        for (var i = 0; i < text.Length; length++)
        {
            positions[length] = i;
            var astral = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            shadow[length] = astral ? StandIn(char.ConvertToUtf32(text[i], text[i + 1])) : text[i];
            i += astral ? 2 : 1;
        }
        positions[length] = text.Length;
        return length;
    }

    /// <summary>A rare basic-plane character of the same Unicode category (and script where patterns ask for it).</summary>
    private static char StandIn(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter => '\u2C00',
        UnicodeCategory.LowercaseLetter => '\u2C30',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\uA4F8',
        // U+9FFC is a Han letter beyond the range that older patterns spell out (U+4E00 to U+9FA5), as all astral Han is.
        UnicodeCategory.OtherLetter => OnigurumaPattern.IsAstralHan(codePoint) ? '\u9FFC' : '\uA000',
        UnicodeCategory.DecimalDigitNumber => '\uA620',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.NonSpacingMark => '\uA8C4',
        UnicodeCategory.SpacingCombiningMark => '\uA880',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.ConnectorPunctuation => '\u2054',
        UnicodeCategory.DashPunctuation => '\u2E3A',
        UnicodeCategory.OpenPunctuation => '\u2E22',
        UnicodeCategory.ClosePunctuation => '\u2E23',
        UnicodeCategory.OtherPunctuation => '\uA4FE',
        UnicodeCategory.MathSymbol => '\u2A00',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\u2800',
        UnicodeCategory.Format => '\u2061',
        UnicodeCategory.PrivateUse => '\uF8FF',
        _ => '\uFFFE',
    };
}
