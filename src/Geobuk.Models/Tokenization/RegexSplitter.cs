using System.Globalization;
using System.Text.RegularExpressions;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Splits by any regular expression of a tokenizer.json. .NET matches UTF-16 units, tokenizers match code points:
/// text with astral characters is matched on a shadow in which each of them is one basic-plane stand-in of its category.
/// </summary>
internal sealed class RegexSplitter : ISplitter
{
    // A word takes microseconds; a pattern that backtracks this long on one, or over a whole text, is broken or hostile.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromMilliseconds(500);
    private const long CharactersPerMillisecond = 100;

    // Compiling costs more than a chat needs and pays for a corpus.
    private const int CompileAfter = 1 << 16;

    // In Oniguruma's Ruby syntax ^ and $ are those of a line.
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Multiline;

    private readonly string _pattern;
    private readonly SplitBehavior _behavior;
    private readonly bool _invert;
    private readonly string _place;
    private Regex _regex;
    private long _seen;

    /// <param name="pattern">Regular expression in Oniguruma's syntax, as tokenizer.json holds it.</param>
    /// <param name="behavior">What becomes of the delimiters.</param>
    /// <param name="invert">The delimiters are what does not match.</param>
    /// <param name="place">Names the pattern in errors.</param>
    /// <exception cref="UserInputException">The pattern uses what .NET cannot express.</exception>
    public RegexSplitter(string pattern, SplitBehavior behavior, bool invert, string place)
    {
        (_behavior, _invert, _place) = (behavior, invert, place);
        Rule = $"{pattern} {behavior} invert={invert}";
        _pattern = OnigurumaPattern.Translate(pattern, place);
        try
        {
            _regex = new Regex(_pattern, Options, MatchTimeout);
        }
        catch (ArgumentException e)
        {
            throw new UserInputException($"{place}: the pattern {pattern} cannot be read ({e.Message}); expected a regular expression of a byte-level BPE tokenizer. Fetch the file again, or this tokenizer is not supported.", e);
        }
    }

    public string Rule { get; }

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        var regex = Engine(text.Length);
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            SplitPatiently(regex, text, offset, words, null);
            return;
        }
        var shadow = new char[text.Length];
        var positions = new int[text.Length + 1];
        var length = Shadow(text, shadow, positions);
        SplitPatiently(regex, shadow.AsSpan(0, length), offset, words, positions);
    }

    private Regex Engine(int length)
    {
        if (_seen <= CompileAfter && Interlocked.Add(ref _seen, length) > CompileAfter)
            _regex = new Regex(_pattern, Options | RegexOptions.Compiled, MatchTimeout);
        return _regex;
    }

    // Once is no proof: the process may have been suspended meanwhile.
    private void SplitPatiently(Regex regex, ReadOnlySpan<char> text, int offset, List<TextRange> words, int[]? positions)
    {
        var before = words.Count;
        if (TrySplit(regex, text, offset, words, positions)) return;
        words.RemoveRange(before, words.Count - before);
        if (!TrySplit(regex, text, offset, words, positions))
            throw new UserInputException($"{_place}: the split pattern {Rule} takes too long on a text of {text.Length} characters; expected a pattern that runs in linear time. This tokenizer is not supported.");
    }

    private bool TrySplit(Regex regex, ReadOnlySpan<char> text, int offset, List<TextRange> words, int[]? positions)
    {
        var done = 0;
        var deadline = Environment.TickCount64 + (long)MatchTimeout.TotalMilliseconds + text.Length / CharactersPerMillisecond;
        var output = new DelimiterWords(_behavior, positions is null ? offset : 0, words);
        var first = words.Count;
        try
        {
            foreach (var match in regex.EnumerateMatches(text))
            {
                if (done < match.Index) output.Add(done, match.Index, _invert);
                output.Add(match.Index, match.Index + match.Length, !_invert);
                done = match.Index + match.Length;
                if (Environment.TickCount64 > deadline) return false;
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
        if (done < text.Length) output.Add(done, text.Length, _invert);
        output.Complete();
        for (var i = first; positions is not null && i < words.Count; i++) words[i] = new TextRange(offset + positions[words[i].Start], offset + positions[words[i].End]);
        return true;
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
