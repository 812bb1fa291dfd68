using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// A character class of Oniguruma's that .NET has no words for: classes within classes, intersections, POSIX brackets, negated
/// scripts. It is computed character by character over the basic plane and written as ranges.
/// </summary>
internal sealed class OnigurumaClass
{
    private const int Deepest = 16;

    private readonly string _pattern;
    private readonly Func<string, Exception> _unsupported;
    private int _at;

    private OnigurumaClass(string pattern, int index, Func<string, Exception> unsupported) => (_pattern, _at, _unsupported) = (pattern, index, unsupported);

    /// <summary>Whether the class that begins at <paramref name="index"/> has such a part.</summary>
    public static bool NeedsComputing(string pattern, int index)
    {
        for (var i = index + 1; i < pattern.Length && pattern[i] != ']'; i++)
        {
            if (pattern[i] == '[' || string.CompareOrdinal(pattern, i, "&&", 0, 2) == 0) return true;
            if (pattern[i] != '\\' || i + 1 >= pattern.Length) continue;
            if (pattern[i + 1] is 'W' or 'H') return true;
            if (pattern[i + 1] is 'p' or 'P' && pattern.IndexOf('}', i) is > 0 and var end && end > i + 3
                && (pattern[i + 1] == 'P' || pattern[i + 3] == '^') && OnigurumaPattern.Scripts.ContainsKey(pattern[(i + 3)..end].TrimStart('^'))) return true;
            i++;
        }
        return false;
    }

    /// <summary>Writes the class for .NET and gives the index behind it.</summary>
    public static int Write(string pattern, int index, StringBuilder output, Func<string, Exception> unsupported)
    {
        var reader = new OnigurumaClass(pattern, index, unsupported);
        var members = reader.Class(0);
        output.Append('[');
        var any = false;
        for (var from = 0; from <= char.MaxValue; from++)
        {
            if (!members[from]) continue;
            var to = from;
            while (to < char.MaxValue && members[to + 1]) to++;
            output.Append(CultureInfo.InvariantCulture, $"\\u{from:X4}-\\u{to:X4}");
            (from, any) = (to, true);
        }
        // A class that nothing is in.
        output.Append(any ? "]" : @"^\s\S]");
        return reader._at;
    }

    /// <summary>The code point of {H…} and the index behind it; null where it is none.</summary>
    public static int? BracedPoint(string pattern, int index, out int end)
    {
        end = pattern.IndexOf('}', index) + 1;
        return end > 0 && int.TryParse(pattern.AsSpan(index + 1, end - index - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point) ? point : null;
    }

    private BitArray Class(int depth)
    {
        if (depth > Deepest) throw _unsupported("classes nested too deep");
        _at++;
        var negated = _at < _pattern.Length && _pattern[_at] == '^';
        if (negated) _at++;
        if (_at < _pattern.Length && _pattern[_at] == ']') throw _unsupported("an empty class");
        var members = new BitArray(char.MaxValue + 1);
        BitArray? all = null;
        while (true)
        {
            if (_at >= _pattern.Length) throw _unsupported("an unclosed class");
            if (_pattern[_at] == ']') break;
            if (string.CompareOrdinal(_pattern, _at, "&&", 0, 2) == 0)
            {
                all = all is null ? members : all.And(members);
                members = new BitArray(char.MaxValue + 1);
                _at += 2;
            }
            else if (string.CompareOrdinal(_pattern, _at, "[:", 0, 2) == 0)
            {
                members.Or(Posix());
            }
            else if (_pattern[_at] == '[')
            {
                members.Or(Class(depth + 1));
            }
            else
            {
                Item(members);
            }
        }
        _at++;
        if (all is not null) members.And(all);
        return negated ? members.Not() : members;
    }

    private void Item(BitArray members)
    {
        if (Single() is not { } from) return;
        var to = from;
        if (_at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] is not (']' or '['))
        {
            _at++;
            to = Single() ?? throw _unsupported("a range that ends in a class");
            if (to < from) throw _unsupported("a range from high to low");
        }
        for (var value = from; value <= to; value++) members[value] = true;
        return;

        // A character, or null where the item was a set and is in.
        int? Single()
        {
            if (char.IsSurrogate(_pattern[_at])) throw _unsupported("a character beyond U+FFFF");
            if (_pattern[_at] != '\\') return _pattern[_at++];
            if (_at + 1 >= _pattern.Length) throw _unsupported("a trailing backslash");
            var letter = _pattern[_at + 1];
            if (letter is 'p' or 'P' or 'w' or 'W' or 'd' or 'D' or 's' or 'S' or 'h' or 'H')
            {
                members.Or(Set(letter));
                return null;
            }
            return Escaped(letter);
        }
    }

    private int Escaped(char letter)
    {
        if (letter == 'x' && _at + 2 < _pattern.Length && _pattern[_at + 2] == '{')
        {
            var braced = BracedPoint(_pattern, _at + 2, out var end);
            _at = end;
            return braced is >= 0 and <= char.MaxValue ? braced.Value : throw _unsupported("a character beyond U+FFFF");
        }
        var digits = letter switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (digits > 0)
        {
            if (_at + 2 + digits > _pattern.Length || !int.TryParse(_pattern.AsSpan(_at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point))
                throw _unsupported($"an unfinished \\{letter}");
            _at += 2 + digits;
            return point;
        }
        _at += 2;
        return letter switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'f' => '\f', 'v' => '\v', 'a' => '\a', 'e' => '\u001B', 'b' => '\b', '0' => '\0', _ when char.IsAsciiLetterOrDigit(letter) => throw _unsupported($"\\{letter}"), _ => letter };
    }

    /// <summary>A set that a backslash names, computed by .NET outside of any class.</summary>
    private BitArray Set(char letter)
    {
        var end = letter is 'p' or 'P' ? _pattern.IndexOf('}', _at) + 1 : _at + 2;
        if (end <= _at) throw _unsupported("an unclosed \\p{");
        var text = _pattern[_at..end];
        _at = end;
        return Matching(OnigurumaPattern.Translate(text, "class"));
    }

    private BitArray Posix()
    {
        var end = _pattern.IndexOf(":]", _at, StringComparison.Ordinal);
        if (end < 0) throw _unsupported("an unclosed [:");
        var name = _pattern[(_at + 2)..end];
        _at = end + 2;
        var negated = name.StartsWith('^');
        var members = Matching(name.TrimStart('^') switch
        {
            "alpha" => @"[\p{L}\p{M}\p{Nl}\u24B6-\u24E9]",
            "digit" => @"\p{Nd}",
            "alnum" => @"[\p{L}\p{M}\p{Nl}\p{Nd}\u24B6-\u24E9]",
            "upper" => @"\p{Lu}",
            "lower" => @"\p{Ll}",
            "punct" => @"[\p{P}$+<=>^`|~]",
            "space" => @"\s",
            "blank" => @"[\p{Zs}\t]",
            "cntrl" => @"\p{Cc}",
            "xdigit" => "[0-9a-fA-F]",
            "word" => @"[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9]",
            _ => throw _unsupported($"[:{name}:]"),
        });
        return negated ? members.Not() : members;
    }

    private BitArray Matching(string pattern)
    {
        Regex regex;
        try
        {
            regex = new Regex(pattern, RegexOptions.CultureInvariant);
        }
        catch (ArgumentException)
        {
            throw _unsupported(pattern);
        }
        var members = new BitArray(char.MaxValue + 1);
        Span<char> one = stackalloc char[1];
        for (var value = 0; value <= char.MaxValue; value++)
        {
            one[0] = (char)value;
            members[value] = regex.IsMatch(one);
        }
        return members;
    }
}
