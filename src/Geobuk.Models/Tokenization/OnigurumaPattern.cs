using System.Text;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Rewrites the regular expressions of tokenizer files (Oniguruma's syntax) for .NET: the scripts Han, Hangul, Hiragana
/// and Katakana as ranges, class intersection with a negated class as subtraction, possessive repeats as atomic groups.
/// </summary>
internal static class OnigurumaPattern
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Han"] = @"\u2E80-\u2E99\u2E9B-\u2EF3\u2F00-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFA6D\uFA70-\uFAD9",
        ["Hangul"] = @"\u1100-\u11FF\u302E\u302F\u3131-\u318E\u3200-\u321E\u3260-\u327E\uA960-\uA97C\uAC00-\uD7A3\uD7B0-\uD7C6\uD7CB-\uD7FB\uFFA0-\uFFBE\uFFC2-\uFFC7\uFFCA-\uFFCF\uFFD2-\uFFD7\uFFDA-\uFFDC",
        ["Hiragana"] = @"\u3041-\u3096\u309D-\u309F",
        ["Katakana"] = @"\u30A1-\u30FA\u30FD-\u30FF\u31F0-\u31FF\u32D0-\u32FE\u3300-\u3357\uFF66-\uFF6F\uFF71-\uFF9D",
    };

    /// <summary>Whether an astral letter is of the script Han (extensions B onward and the compatibility supplement).</summary>
    public static bool IsAstralHan(int codePoint) => codePoint is >= 0x20000 and <= 0x323AF;

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
                    output.Append(pattern[i++]);
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

    private static int Escape(string pattern, int index, StringBuilder output, bool inClass, string place)
    {
        if (index + 1 >= pattern.Length) throw Unsupported(pattern, "a trailing backslash", place);
        var letter = pattern[index + 1];
        if (letter is 'p' or 'P' && index + 2 < pattern.Length && pattern[index + 2] == '{')
            return Property(pattern, index, output, inClass, place);
        if (letter is 'h' or 'H' or 'R' or 'X' or 'K' or 'G' or 'y' or 'Y' or 'x' or 'u' && !IsPlainHex(pattern, index))
            throw Unsupported(pattern, $"\\{letter}", place);
        output.Append(pattern, index, 2);
        return index + 2;
    }

    // \x41 and \u0041 mean the same in both syntaxes; \x{41} does not.
    private static bool IsPlainHex(string pattern, int index) =>
        pattern[index + 1] is 'x' or 'u' && index + 2 < pattern.Length && pattern[index + 2] != '{';

    private static int Property(string pattern, int index, StringBuilder output, bool inClass, string place)
    {
        var end = pattern.IndexOf('}', index);
        if (end < 0) throw Unsupported(pattern, "an unclosed \\p{", place);
        var name = pattern[(index + 3)..end];
        var negated = pattern[index + 1] == 'P' ^ name.StartsWith('^');
        name = name.TrimStart('^');
        if (!Scripts.TryGetValue(name, out var ranges))
            output.Append(negated ? @"\P{" : @"\p{").Append(name).Append('}');
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
        output.Append(pattern[index++]);
        if (index < pattern.Length && pattern[index] == '^') output.Append(pattern[index++]);
        if (index < pattern.Length && pattern[index] == ']') throw Unsupported(pattern, "an empty class", place);
        while (index < pattern.Length && pattern[index] != ']')
        {
            if (pattern[index] == '\\')
            {
                index = Escape(pattern, index, output, inClass: true, place);
            }
            else if (pattern[index] == '[')
            {
                throw Unsupported(pattern, "a class inside a class", place);
            }
            else if (string.CompareOrdinal(pattern, index, "&&", 0, 2) == 0)
            {
                return Subtraction(pattern, index + 2, output, place);
            }
            else
            {
                output.Append(pattern[index++]);
            }
        }
        if (index >= pattern.Length) throw Unsupported(pattern, "an unclosed class", place);
        output.Append(']');
        return index + 1;
    }

    private static int Subtraction(string pattern, int index, StringBuilder output, string place)
    {
        if (string.CompareOrdinal(pattern, index, "[^", 0, 2) != 0)
            throw Unsupported(pattern, "an intersection with a class that is not negated", place);
        output.Append("-[");
        var inner = new StringBuilder();
        var end = CharacterClass(pattern, index, inner, place);
        output.Append(inner, 2, inner.Length - 2).Append(']');
        if (end >= pattern.Length || pattern[end] != ']') throw Unsupported(pattern, "an intersection that is not last in its class", place);
        return end + 1;
    }

    private static UserInputException Unsupported(string pattern, string what, string place) =>
        new($"{place}: the pattern {pattern} has {what}; expected a regular expression that .NET can match exactly. This tokenizer is not supported.");
}
