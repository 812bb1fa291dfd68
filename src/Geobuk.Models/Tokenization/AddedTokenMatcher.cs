using System.Buffers;
using System.Globalization;

namespace Geobuk.Models.Tokenization;

/// <summary>Finds added tokens in text: leftmost first, and of those that start there the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;
    private readonly SearchValues<char> _first;

    /// <summary>Looks for these tokens.</summary>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens.GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Content.Length).ToArray());
        _first = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => _byFirst.Count == 0;

    /// <summary>
    /// The next token at or after <paramref name="from"/> and the range it takes, its stripped white space included;
    /// null where there is none. White space before <paramref name="from"/> belongs to the token before.
    /// </summary>
    public (AddedToken Token, TextRange Range)? Next(string text, int from)
    {
        for (var at = from; at < text.Length; at++)
        {
            var step = text.AsSpan(at).IndexOfAny(_first);
            if (step < 0) return null;
            at += step;
            var start = at;
            if (Array.Find(_byFirst[text[at]], token => text.AsSpan(start).StartsWith(token.Content, StringComparison.Ordinal)) is not { } found) continue;
            if (!found.SingleWord || !TouchesWord(text, at, at + found.Content.Length)) return (found, Widen(text, found, from, at));
            // The longest one is out; shorter ones within it are not looked for.
            at += found.Content.Length - 1;
        }
        return null;
    }

    private static TextRange Widen(string text, AddedToken token, int from, int start)
    {
        var end = start + token.Content.Length;
        while (token.StripLeft && start > from && char.IsWhiteSpace(text[start - 1])) start--;
        while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end])) end++;
        return new TextRange(start, end);
    }

    private static bool TouchesWord(string text, int start, int end) =>
        start > 0 && IsWord(text, char.IsLowSurrogate(text[start - 1]) && start > 1 ? start - 2 : start - 1) || end < text.Length && IsWord(text, end);

    // \w of the regular expressions: letters, marks, decimal and letter numbers, connectors.
    private static bool IsWord(string text, int index) => CharUnicodeInfo.GetUnicodeCategory(text, index) is
        <= UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
