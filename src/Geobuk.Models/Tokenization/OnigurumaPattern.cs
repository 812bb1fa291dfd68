using System.Text;
using System.Text.RegularExpressions;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Rewrites the regular expressions of tokenizer files (Oniguruma's Ruby syntax) for .NET: the scripts Han, Hangul, Hiragana
/// and Katakana as ranges, word characters and their borders as Unicode's, possessive repeats as atomic groups, classes within
/// classes and their intersections computed (<see cref="OnigurumaClass"/>).
/// </summary>
internal static class OnigurumaPattern
{
    /// <summary>Inside of a class: Unicode's word characters.</summary>
    private const string Word = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9";

    internal static readonly Dictionary<string, string> Scripts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Han"] = @"\u2E80-\u2E99\u2E9B-\u2EF3\u2F00-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFA6D\uFA70-\uFAD9",
        ["Hangul"] = @"\u1100-\u11FF\u302E\u302F\u3131-\u318E\u3200-\u321E\u3260-\u327E\uA960-\uA97C\uAC00-\uD7A3\uD7B0-\uD7C6\uD7CB-\uD7FB\uFFA0-\uFFBE\uFFC2-\uFFC7\uFFCA-\uFFCF\uFFD2-\uFFD7\uFFDA-\uFFDC",
        ["Hiragana"] = @"\u3041-\u3096\u309D-\u309F",
        ["Katakana"] = @"\u30A1-\u30FA\u30FD-\u30FF\u31F0-\u31FF\u32D0-\u32FE\u3300-\u3357\uFF66-\uFF6F\uFF71-\uFF9D",
    };

    /// <summary>Whether an astral letter is of the script Han (extensions B onward and the compatibility supplement).</summary>
    public static bool IsAstralHan(int codePoint) => codePoint is >= 0x20000 and <= 0x323AF;

    /// <summary>Long names of categories, in Oniguruma's spelling without regard of case.</summary>
    private static readonly Dictionary<string, string> LongNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Letter"] = "L", ["Mark"] = "M", ["Number"] = "N", ["Punctuation"] = "P", ["Punct"] = "P", ["Symbol"] = "S", ["Separator"] = "Z", ["Other"] = "C",
        ["Uppercase_Letter"] = "Lu", ["Lowercase_Letter"] = "Ll", ["Titlecase_Letter"] = "Lt", ["Modifier_Letter"] = "Lm", ["Other_Letter"] = "Lo",
        ["Decimal_Number"] = "Nd", ["Digit"] = "Nd", ["Letter_Number"] = "Nl", ["Other_Number"] = "No", ["Control"] = "Cc", ["Format"] = "Cf",
    };

    /// <summary>A text as a pattern that matches it.</summary>
    public static string Quote(string text) => Regex.Escape(text);

    /// <summary>A category's short name, in its usual case.</summary>
    internal static string ShortName(string name) =>
        LongNames.TryGetValue(name, out var known) ? known : name.Length is 1 or 2 ? char.ToUpperInvariant(name[0]) + name[1..].ToLowerInvariant() : name;

    /// <summary>The pattern in .NET's syntax.</summary>
    /// <exception cref="UserInputException">A construct has no safe counterpart; <paramref name="place"/> names the pattern.</exception>
    public static string Translate(string pattern, string place)
    {
        var output = new StringBuilder(pattern.Length + 16);
        var groups = new Stack<int>();
        var atom = 0;
        for (var i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '\\':
                    atom = output.Length;
                    i = Escape(pattern, i, output, inClass: false, place);
                    break;
                case '[':
                    atom = output.Length;
                    i = CharacterClass(pattern, i, output, place);
                    break;
                case '(':
                    groups.Push(output.Length);
                    i = Group(pattern, i, output);
                    break;
                case ')':
                    atom = groups.Count > 0 ? groups.Pop() : output.Length;
                    output.Append(pattern[i++]);
                    break;
                case '?' or '*' or '+' when i + 1 < pattern.Length && pattern[i + 1] == '+' && !OpensGroup(pattern, i):
                    output.Insert(atom, "(?>").Append(pattern[i]).Append(')');
                    i += 2;
                    break;
                case '?' or '*' or '+' or '{':
                    i = Quantifier(pattern, i, output);
                    break;
                default:
                    if (char.IsSurrogate(pattern[i])) throw Unsupported(pattern, "a character beyond U+FFFF", place);
                    atom = output.Length;
                    output.Append(pattern[i++]);
                    break;
            }
        }
        return output.ToString();
    }

    private static bool OpensGroup(string pattern, int index) => index > 0 && pattern[index - 1] == '(' && (index < 2 || pattern[index - 2] != '\\');

    private static int Quantifier(string pattern, int index, StringBuilder output)
    {
        var end = pattern[index] == '{' ? pattern.IndexOf('}', index) : index;
        if (end < 0) end = index;
        output.Append(pattern, index, end - index + 1);
        return end + 1;
    }

    /// <summary>An opening bracket with its options: Ruby's m lets the dot match line breaks, which .NET calls s.</summary>
    private static int Group(string pattern, int index, StringBuilder output)
    {
        output.Append('(');
        if (index + 1 >= pattern.Length || pattern[index + 1] != '?') return index + 1;
        var end = index + 2;
        while (end < pattern.Length && (char.IsAsciiLetter(pattern[end]) || pattern[end] == '-')) end++;
        if (end == pattern.Length || pattern[end] is not (':' or ')')) return index + 1;
        output.Append('?').Append(pattern[(index + 2)..end].Replace('m', 's'));
        return end;
    }

    private static int Escape(string pattern, int index, StringBuilder output, bool inClass, string place)
    {
        if (index + 1 >= pattern.Length) throw Unsupported(pattern, "a trailing backslash", place);
        var letter = pattern[index + 1];
        if (letter is 'p' or 'P' && index + 2 < pattern.Length && pattern[index + 2] == '{')
            return Property(pattern, index, output, inClass, place);
        if (letter == 'x' && index + 2 < pattern.Length && pattern[index + 2] == '{')
        {
            var point = OnigurumaClass.BracedPoint(pattern, index + 2, out var end);
            if (point is null or > char.MaxValue) throw Unsupported(pattern, "a character beyond U+FFFF", place);
            output.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{point:X4}");
            return end;
        }
        var known = (letter, inClass) switch
        {
            ('w', true) => Word,
            ('w', false) => $"[{Word}]",
            ('W', false) => $"[^{Word}]",
            ('h', true) => "0-9a-fA-F",
            ('h', false) => "[0-9a-fA-F]",
            ('H', false) => "[^0-9a-fA-F]",
            ('b', false) => $"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))",
            ('B', false) => $"(?:(?<=[{Word}])(?=[{Word}])|(?<![{Word}])(?![{Word}]))",
            ('R', false) => @"(?>\r\n|[\n-\r\u0085\u2028\u2029])",
            _ => null,
        };
        if (known is null && letter is 'H' or 'W' or 'R' or 'X' or 'K' or 'G' or 'y' or 'Y') throw Unsupported(pattern, $"\\{letter}", place);
        if (known is null) output.Append(pattern, index, 2);
        else output.Append(known);
        return index + 2;
    }

    private static int Property(string pattern, int index, StringBuilder output, bool inClass, string place)
    {
        var end = pattern.IndexOf('}', index);
        if (end < 0) throw Unsupported(pattern, "an unclosed \\p{", place);
        var name = pattern[(index + 3)..end];
        var negated = pattern[index + 1] == 'P' ^ name.StartsWith('^');
        name = name.TrimStart('^');
        if (!Scripts.TryGetValue(name, out var ranges))
            output.Append(negated ? @"\P{" : @"\p{").Append(ShortName(name)).Append('}');
        else if (!inClass)
            output.Append(negated ? "[^" : "[").Append(ranges).Append(']');
        else if (!negated)
            output.Append(ranges);
        else
            throw Unsupported(pattern, $"a negated script {name} inside a class", place);
        return end + 1;
    }

    private static int CharacterClass(string pattern, int index, StringBuilder output, string place)
    {
        if (OnigurumaClass.NeedsComputing(pattern, index)) return OnigurumaClass.Write(pattern, index, output, what => Unsupported(pattern, what, place));
        output.Append(pattern[index++]);
        if (index < pattern.Length && pattern[index] == '^') output.Append(pattern[index++]);
        if (index < pattern.Length && pattern[index] == ']') throw Unsupported(pattern, "an empty class", place);
        while (index < pattern.Length && pattern[index] != ']')
        {
            if (char.IsSurrogate(pattern[index])) throw Unsupported(pattern, "a character beyond U+FFFF", place);
            if (pattern[index] == '\\') index = Escape(pattern, index, output, inClass: true, place);
            else output.Append(pattern[index++]);
        }
        if (index >= pattern.Length) throw Unsupported(pattern, "an unclosed class", place);
        output.Append(']');
        return index + 1;
    }

    private static UserInputException Unsupported(string pattern, string what, string place) =>
        new($"{place}: the pattern {pattern} has {what}; expected a regular expression that .NET can match exactly. This tokenizer is not supported.");
}
