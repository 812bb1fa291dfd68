using System.Text;

namespace Geobuk.Fuzz.Mutations;

/// <summary>Damage to templates: pieces of the language put, taken and exchanged at the borders of words.</summary>
internal static class TemplateMutations
{
    private const int LongestRun = 400;

    private static readonly string[] s_pieces =
    [
        "{{ ", " }}", "{%- ", " -%}", "{% if true %}", "{% elif 1 %}", "{% else %}", "{% endif %}", "{% for x in range(99999) %}", "{% for k, v in messages %}", "{% for c in s %}", "{% endfor %}",
        "{% macro f(a, b=1) %}", "{% endmacro %}", "{{ f(f(1)) }}", "{{ count_down(999999) }}", "{% set x = ", "{% set x %}", "{% endset %}", "{% set ns.l = [ns.l, ns.l] %}", "{% set ns.text = ns.text ~ ns.text %}",
        "{% set ns = namespace(l=[1], text='xxxxxxxx') %}", "{% break %}", "{% continue %}", "{% generation %}", "{% endgeneration %}", "{% include 'x' %}", "{# ", " #}", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "\n", " ", "-", ":", ",", ".", "|", "=",
        " + ", " - ", " * ", " / ", " // ", " % ", " ** ", " ~ ", " == ", " != ", " < ", " >= ", " and ", " or ", " not ", " in ", " is ", " if ", " else ", " not in ",
        "0", "1", "-1", "9223372036854775807", "(-9223372036854775807 - 1)", "99999999999999999999", "1.5", "1e9", "none", "true", "''", "'가 x'", "'\\ud800'", "messages", "messages[0]", "tools", "loop", "loop.previtem", "ns", "ns.l", "ns.text", "nothing",
        "|length", "|tojson", "|tojson(indent=4)", "|list", "|join", "|sort", "|unique", "|reverse", "|map('upper')", "|map(attribute='role')", "|select", "|selectattr('role')", "|items", "|dictsort", "|first", "|last", "|string", "|trim", "|int", "|float", "|abs",
        "|replace('', 'x')", "|replace('x', 'xxxxxxxxxxxxxxxx')", "|indent(64)", "|default(1)", "|upper", "|title", "|round", "|sum", "[::-1]", "[1:]", "[:-1]", "[0]", "[9223372036854775807]", "[::0]", "['role']", ".items()", ".split('x')", ".split()",
        ".replace('x', ns.text)", ".strip('x')", ".startswith('x')", ".find('x')", ".count('x')", ".join(messages)", ".get('x')", ".__class__", "()", " is divisibleby(-1)", " is defined", " is string", " is iterable", "range(9999999999)", "range(5, 1, -2)",
        "range(9223372036854775806, 9223372036854775807, 5)", "dict(a=1, a=2)", "namespace()", "raise_exception('x')", "strftime_now('%Y-%m-%d')", "strftime_now('%')", "'x' * 99999999", "loop.cycle()", "* ns.l|length",
    ];

    /// <summary>Damages a template in one way.</summary>
    public static byte[] Apply(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var text = Encoding.UTF8.GetString(file);
        var at = Border(text, random);
        var end = Math.Min(text.Length, at + random.Next(1, 60));
        return Encoding.UTF8.GetBytes(random.Next(8) switch
        {
            0 => text.Remove(at, end - at),
            1 => text.Insert(at, text[at..end]),
            2 => text.Insert(at, Fragment(Encoding.UTF8.GetString(random.Of(others)), random)),
            3 => text.Insert(at, string.Concat(Enumerable.Repeat(random.Of(s_pieces), random.Next(1, LongestRun)))),
            4 => text[..at] + random.Of(s_pieces) + text[Math.Min(text.Length, NextBorder(text, at))..],
            5 => text.Insert(at, "{{ " + Expression(random) + " }}"),
            _ => text.Insert(at, random.Of(s_pieces)),
        });
    }

    private static string Expression(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Of(s_pieces)));

    private static string Fragment(string text, Random random)
    {
        var start = Border(text, random);
        return text[start..Math.Min(text.Length, start + random.Next(1, 300))];
    }

    private static int Border(string text, Random random) => NextBorder(text, random.Next(text.Length + 1));

    private static int NextBorder(string text, int from)
    {
        if (from >= text.Length) return text.Length;
        var inWord = char.IsLetterOrDigit(text[from]);
        var at = from + 1;
        while (at < text.Length && char.IsLetterOrDigit(text[at]) == inWord && (inWord || text[at] == ' ')) at++;
        return at;
    }
}
