using System.Globalization;
using System.Text;
using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// Reads a regular expression into an automaton: literals, ., classes, \d \w \s and their opposites, groups, |, * + ? {n,m}, anchors at
/// the ends. What needs backtracking (backreferences, lookaround) is refused. The whole answer matches, not a part of it.
/// </summary>
internal sealed class RegexConstraint
{
    private const int Deepest = 64;
    private const int LargestCount = 100_000;
    private static readonly (int, int)[] s_digits = [('0', '9')];
    private static readonly (int, int)[] s_words = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'), (0xAC00, 0xD7A3), (0x3131, 0x318E), (0x4E00, 0x9FFF)];
    private static readonly (int, int)[] s_spaces = [('\t', '\r'), (' ', ' '), (0xA0, 0xA0), (0x3000, 0x3000)];
    private readonly string _pattern;
    private readonly string _place;
    private readonly IReadOnlyList<(int Low, int High)>? _only;
    private int _at;
    private int _depth;

    private RegexConstraint(string pattern, string place, IReadOnlyList<(int, int)>? only) => (_pattern, _place, _only) = (pattern, place, only);

    /// <summary>Builds the expression before <paramref name="next"/> and returns its beginning.</summary>
    /// <param name="automaton">Where to build.</param>
    /// <param name="pattern">The expression.</param>
    /// <param name="place">Names it in errors.</param>
    /// <param name="next">What follows.</param>
    /// <param name="only">Characters that may occur; null allows all.</param>
    /// <exception cref="UserInputException">A syntax error, something that needs backtracking, or too large.</exception>
    public static int Build(ByteAutomaton automaton, string pattern, string place, int next, IReadOnlyList<(int, int)>? only = null)
    {
        var reader = new RegexConstraint(pattern, place, only);
        var part = reader.ReadChoice();
        if (reader._at < pattern.Length) throw reader.Wrong($"'{pattern[reader._at]}' without its beginning");
        return part(automaton, next);
    }

    private delegate int Part(ByteAutomaton automaton, int next);

    private Part ReadChoice()
    {
        if (++_depth > Deepest) throw Wrong($"groups nested deeper than {Deepest}");
        var choices = new List<Part> { ReadSequence() };
        while (Take('|')) choices.Add(ReadSequence());
        _depth--;
        return choices.Count == 1 ? choices[0] : (automaton, next) => automaton.Either([.. choices.Select(choice => choice(automaton, next))]);
    }

    private Part ReadSequence()
    {
        var parts = new List<Part>();
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')'))
        {
            // The whole answer matches anyway.
            if ((_pattern[_at] == '^' && parts.Count == 0) || (_pattern[_at] == '$' && (_at + 1 == _pattern.Length || _pattern[_at + 1] is ')' or '|')))
            {
                _at++;
                continue;
            }
            parts.Add(ReadCounted());
        }
        return (automaton, next) =>
        {
            for (var i = parts.Count - 1; i >= 0; i--) next = parts[i](automaton, next);
            return next;
        };
    }

    private Part ReadCounted()
    {
        var part = ReadOne();
        var (least, most) = (0, (int?)null);
        if (Take('*')) { }
        else if (Take('+')) least = 1;
        else if (Take('?')) most = 1;
        else if (BeginsCount()) (least, most) = ReadCount();
        else return part;
        // Greedy or not makes no difference to what matches.
        Take('?');
        if (_at < _pattern.Length && (_pattern[_at] is '*' or '+' or '?' || BeginsCount())) throw Wrong($"'{_pattern[_at]}' after a count");
        return (automaton, next) => automaton.Repeat(after => part(automaton, after), least, most, next);
    }

    private bool BeginsCount() => _at + 1 < _pattern.Length && _pattern[_at] == '{' && char.IsAsciiDigit(_pattern[_at + 1]);

    private (int, int?) ReadCount()
    {
        _at++;
        var least = ReadNumber();
        int? most = least;
        if (Take(',')) most = _at < _pattern.Length && _pattern[_at] == '}' ? null : ReadNumber();
        if (!Take('}')) throw Wrong("a count without '}'");
        if (most < least) throw Wrong($"a count from {least} to {most}");
        return (least, most);
    }

    private int ReadNumber()
    {
        var start = _at;
        while (_at < _pattern.Length && char.IsAsciiDigit(_pattern[_at])) _at++;
        if (!int.TryParse(_pattern.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > LargestCount)
            throw Wrong($"the count \"{_pattern[start.._at]}\"; expected 0 to {LargestCount}");
        return number;
    }

    private Part ReadOne()
    {
        var c = _pattern[_at];
        if (Take('('))
        {
            if (Take('?'))
            {
                if (Take('<') && _at < _pattern.Length && _pattern[_at] is not ('=' or '!') && _pattern.IndexOf('>', _at) is > 0 and var end) _at = end + 1;
                else if (!Take(':')) throw Wrong("lookaround or another group that needs backtracking");
            }
            var inner = ReadChoice();
            return Take(')') ? inner : throw Wrong("'(' without its end");
        }
        if (Take('[')) return Of(ReadClass());
        if (Take('.')) return Of(Complement([('\n', '\n')]));
        if (c is '*' or '+' or '?') throw Wrong($"'{c}' with nothing before it");
        if (c is '^' or '$') throw Wrong($"'{c}' inside");
        if (Take('\\')) return Of(ReadEscape());
        var rune = Rune.GetRuneAt(_pattern, _at);
        _at += rune.Utf16SequenceLength;
        return Of([(rune.Value, rune.Value)]);
    }

    private Part Of(IReadOnlyList<(int Low, int High)> ranges)
    {
        if (_only is not null) ranges = [.. ranges.SelectMany(range => _only.Select(other => (Low: Math.Max(range.Low, other.Low), High: Math.Min(range.High, other.High)))).Where(range => range.Low <= range.High)];
        if (ranges.Count == 0) throw Wrong("a class that no allowed character is in");
        return (automaton, next) => automaton.Characters(ranges, next);
    }

    private List<(int Low, int High)> ReadClass()
    {
        var not = Take('^');
        var ranges = new List<(int Low, int High)>();
        for (var first = true; first || _at >= _pattern.Length || _pattern[_at] != ']'; first = false)
        {
            if (_at >= _pattern.Length) throw Wrong("'[' without its end");
            var part = ReadClassItem();
            if (part is [var (low, lowEnd)] && low == lowEnd && _at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']')
            {
                _at++;
                if (ReadClassItem() is not [var (high, highEnd)] || high != highEnd || high < low) throw Wrong("a range in a class that goes backwards");
                part = [(low, high)];
            }
            ranges.AddRange(part);
        }
        _at++;
        return not ? Complement(ranges) : Merge(ranges);
    }

    private IReadOnlyList<(int, int)> ReadClassItem()
    {
        if (Take('\\')) return ReadEscape();
        var rune = Rune.GetRuneAt(_pattern, _at);
        _at += rune.Utf16SequenceLength;
        return [(rune.Value, rune.Value)];
    }

    private IReadOnlyList<(int Low, int High)> ReadEscape()
    {
        if (_at >= _pattern.Length) throw Wrong("'\\' at the end");
        var c = _pattern[_at++];
        switch (c)
        {
            case 'd': return s_digits;
            case 'D': return Complement(s_digits);
            case 'w': return s_words;
            case 'W': return Complement(s_words);
            case 's': return s_spaces;
            case 'S': return Complement(s_spaces);
            case 'n': return [('\n', '\n')];
            case 'r': return [('\r', '\r')];
            case 't': return [('\t', '\t')];
            case 'f': return [('\f', '\f')];
            case 'v': return [('\v', '\v')];
            case 'x' or 'u':
                var digits = c == 'x' ? 2 : 4;
                if (_at + digits <= _pattern.Length && int.TryParse(_pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                {
                    _at += digits;
                    return [(code, code)];
                }
                break;
            default:
                if (!char.IsAsciiLetterOrDigit(c)) return [(c, c)];
                break;
        }
        throw Wrong($"'\\{c}'");
    }

    private static List<(int Low, int High)> Merge(IEnumerable<(int Low, int High)> ranges)
    {
        var merged = new List<(int Low, int High)>();
        foreach (var range in ranges.OrderBy(range => range.Low))
        {
            if (merged.Count > 0 && range.Low <= merged[^1].High + 1) merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, range.High));
            else merged.Add(range);
        }
        return merged;
    }

    private static List<(int Low, int High)> Complement(IEnumerable<(int Low, int High)> ranges)
    {
        var result = new List<(int, int)>();
        var from = 0;
        foreach (var (low, high) in Merge(ranges))
        {
            if (low > from) result.Add((from, low - 1));
            from = high + 1;
        }
        if (from <= 0x10FFFF) result.Add((from, 0x10FFFF));
        return result;
    }

    private bool Take(char c)
    {
        if (_at >= _pattern.Length || _pattern[_at] != c) return false;
        _at++;
        return true;
    }

    private UserInputException Wrong(string what) =>
        new($"{_place}: {what} at character {_at}; expected a regular expression without backreferences and lookaround. Correct the expression.");
}
