using System.Globalization;
using System.Text;
using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// Reads a regular expression into an automaton: literals, ., classes, \d \w \s and their opposites, groups, |, * + ? {n,m}, anchors
/// at the ends. What needs backtracking (backreferences, lookaround) is refused. The whole text matches, or, where it is searched,
/// a part of it unless anchored.
/// </summary>
internal sealed class RegexConstraint
{
    private const int Deepest = 64;
    private const int LargestCount = 100_000;
    private static readonly (int, int)[] s_all = [(0, 0x10FFFF)];
    private static readonly (int, int)[] s_digits = [('0', '9')];
    private static readonly (int, int)[] s_words = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'), (0xAC00, 0xD7A3), (0x3131, 0x318E), (0x4E00, 0x9FFF)];
    private static readonly (int, int)[] s_spaces = [('\t', '\r'), (' ', ' '), (0xA0, 0xA0), (0x3000, 0x3000)];
    // What one flavour or another takes for a blank is not what is none.
    private static readonly (int, int)[] s_anySpaces = [.. s_spaces, (0x1C, 0x1F), (0x85, 0x85), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0xFEFF, 0xFEFF)];
    private readonly string _pattern;
    private readonly string _place;
    private readonly bool _isSearched;
    private readonly Spelling _spell;
    private int _at;
    private int _depth;

    private RegexConstraint(string pattern, string place, bool isSearched, Spelling? spell) =>
        (_pattern, _place, _isSearched, _spell) = (pattern, place, isSearched, spell ?? ((automaton, ranges, next) => automaton.Characters(ranges, next)));

    /// <summary>How a character of some ranges is written, before a state; <see cref="JsonText.Character"/> has JSON's escapes.</summary>
    public delegate int Spelling(ByteAutomaton automaton, IReadOnlyList<(int Low, int High)> ranges, int next);

    /// <summary>Builds the expression before <paramref name="next"/> and returns its beginning.</summary>
    /// <param name="automaton">Where to build.</param>
    /// <param name="pattern">The expression; the whole text matches it.</param>
    /// <param name="place">Names it in errors.</param>
    /// <param name="next">What follows.</param>
    /// <exception cref="UserInputException">A syntax error, something that needs backtracking, or too large.</exception>
    public static int Build(ByteAutomaton automaton, string pattern, string place, int next) =>
        Read(pattern, place, isSearched: false, null).Build(automaton, next, RegexEdges.None);

    /// <summary>Reads an expression.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="place">Names it in errors.</param>
    /// <param name="isSearched">It may match a part of the text, as JSON schema's do, if not anchored.</param>
    /// <param name="spell">How characters are written; null is UTF-8.</param>
    /// <exception cref="UserInputException">A syntax error, or something that needs backtracking.</exception>
    public static RegexPart Read(string pattern, string place, bool isSearched, Spelling? spell)
    {
        var reader = new RegexConstraint(pattern, place, isSearched, spell);
        var part = reader.ReadChoice();
        if (reader._at < pattern.Length) throw reader.Wrong($"'{pattern[reader._at]}' without its beginning");
        const RegexEdges Both = RegexEdges.First | RegexEdges.Last;
        if (!isSearched) return part;
        return part with
        {
            Build = (automaton, next, _) => part.Build(automaton, next, Both),
            Most = part.Anchored == Both ? part.Most : null,
            Within = part.Anchored == Both ? part.Within : null,
        };
    }

    private RegexPart ReadChoice()
    {
        if (++_depth > Deepest) throw Wrong($"groups nested deeper than {Deepest}");
        var choices = new List<RegexPart> { ReadSequence() };
        while (Take('|')) choices.Add(ReadSequence());
        _depth--;
        if (choices.Count == 1) return choices[0];
        return new RegexPart((automaton, next, edges) => automaton.Either([.. choices.Select(choice => choice.Build(automaton, next, edges))]),
            choices.Min(choice => choice.Least), choices.Any(choice => choice.Most is null) ? null : choices.Max(choice => choice.Most))
        {
            Anchored = choices.Aggregate(RegexEdges.First | RegexEdges.Last, (all, choice) => all & choice.Anchored),
        };
    }

    private RegexPart ReadSequence()
    {
        var parts = new List<RegexPart>();
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')')) parts.Add(ReadCounted(parts.Count == 0));
        var real = parts.Where(part => part.Anchored == RegexEdges.None || part.Least > 0 || part.Most > 0).ToList();
        return new RegexPart(Build, Capped(parts.Sum(part => part.Least)), parts.Any(part => part.Most is null) ? null : Capped(parts.Sum(part => part.Most!.Value)))
        {
            Anchored = parts.Count == 0 ? RegexEdges.None : parts[0].Anchored & RegexEdges.First | parts[^1].Anchored & RegexEdges.Last,
            Within = real is [{ Within: { } within } only] && parts.IndexOf(only) <= 1 && parts.Count - parts.IndexOf(only) <= 2 ? within : null,
        };

        int Build(ByteAutomaton automaton, int next, RegexEdges edges)
        {
            if (parts.Count == 0) return edges == RegexEdges.None ? next : Anything(automaton, next);
            for (var i = parts.Count - 1; i >= 0; i--)
                next = parts[i].Build(automaton, next, (i == 0 ? edges & RegexEdges.First : 0) | (i == parts.Count - 1 ? edges & RegexEdges.Last : 0));
            return next;
        }
    }

    private RegexPart ReadCounted(bool isFirst)
    {
        if (_pattern[_at] is '^' or '$') return Anchor(_pattern[_at++], isFirst);
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
        return part is { Least: 1, Most: 1, Within: { } } ? Repeated(part, least, most) : Counted(part, least, most);
    }

    /// <summary>One character, repeated.</summary>
    private RegexPart Repeated(RegexPart part, int least, int? most) => Counted(part, least, most) with
    {
        Within = (low, high) => Math.Max(least, low) is var from && (most < high || high is null ? most : high) is var to && from > to ? null : Repeated(part, from, to),
    };

    private RegexPart Counted(RegexPart part, int least, int? most) => Floating(
        (automaton, next) => automaton.Repeat(after => part.Build(automaton, after, RegexEdges.None), least, most, next),
        Capped(least * part.Least), part.Most == 0 ? 0 : most is null || part.Most is null ? null : Capped(most.Value * part.Most.Value));

    private static long Capped(long length) => Math.Min(length, int.MaxValue);

    /// <summary>A part without anchors: at an edge of a searched text anything may stand between.</summary>
    private RegexPart Floating(Func<ByteAutomaton, int, int> build, long least, long? most) => new((automaton, next, edges) =>
    {
        next = build(automaton, edges.HasFlag(RegexEdges.Last) ? Anything(automaton, next) : next);
        return edges.HasFlag(RegexEdges.First) ? Anything(automaton, next) : next;
    }, least, most);

    private int Anything(ByteAutomaton automaton, int next) => automaton.Repeat(after => _spell(automaton, s_all, after), 0, null, next);

    private RegexPart Anchor(char sign, bool isFirst)
    {
        var edge = sign == '^' ? RegexEdges.First : RegexEdges.Last;
        var inside = Wrong($"'{sign}' inside");
        // Where the whole text matches anyway, anchors at the ends of the parts of a choice say nothing.
        if (!_isSearched && !(sign == '^' ? isFirst : _at == _pattern.Length || _pattern[_at] is ')' or '|')) throw inside;
        return new RegexPart((automaton, next, edges) =>
        {
            if (_isSearched && !edges.HasFlag(edge)) throw inside;
            return (edges & ~edge) == 0 ? next : Anything(automaton, next);
        }, 0, 0)
        { Anchored = edge };
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

    private RegexPart ReadOne()
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
        if (Take('\\')) return Of(ReadEscape());
        var rune = Rune.GetRuneAt(_pattern, _at);
        _at += rune.Utf16SequenceLength;
        return Of([(rune.Value, rune.Value)]);
    }

    private RegexPart Of(IReadOnlyList<(int Low, int High)> ranges)
    {
        var part = Floating((automaton, next) => _spell(automaton, ranges, next), 1, 1);
        return part with { Within = (low, high) => low <= 1 && !(high < 1) ? part : null };
    }

    private List<(int Low, int High)> ReadClass()
    {
        var not = Take('^');
        var ranges = new List<(int Low, int High)>();
        for (var first = true; first || _at >= _pattern.Length || _pattern[_at] != ']'; first = false)
        {
            if (_at >= _pattern.Length) throw Wrong("'[' without its end");
            var part = ReadClassItem(not);
            if (part is [var (low, lowEnd)] && low == lowEnd && _at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']')
            {
                _at++;
                if (ReadClassItem(not) is not [var (high, highEnd)] || high != highEnd || high < low) throw Wrong("a range in a class that goes backwards");
                part = [(low, high)];
            }
            ranges.AddRange(part);
        }
        _at++;
        return not ? Complement(ranges) : Merge(ranges);
    }

    private IReadOnlyList<(int, int)> ReadClassItem(bool isRefused)
    {
        if (Take('\\')) return ReadEscape(isRefused);
        var rune = Rune.GetRuneAt(_pattern, _at);
        _at += rune.Utf16SequenceLength;
        return [(rune.Value, rune.Value)];
    }

    private IReadOnlyList<(int Low, int High)> ReadEscape(bool isRefused = false)
    {
        if (_at >= _pattern.Length) throw Wrong("'\\' at the end");
        var c = _pattern[_at++];
        switch (c)
        {
            case 'd': return s_digits;
            case 'D': return Complement(s_digits);
            case 'w': return s_words;
            case 'W': return Complement(s_words);
            case 's': return isRefused ? s_anySpaces : s_spaces;
            case 'S': return Complement(s_anySpaces);
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
