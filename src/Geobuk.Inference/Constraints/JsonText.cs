using System.Text.Json;

namespace Geobuk.Inference.Constraints;

/// <summary>Parts of JSON's syntax, each built before a state.</summary>
internal static class JsonText
{
    private static readonly (int Low, int High)[] s_plain = [(0x20, 0x21), (0x23, 0x5B), (0x5D, 0x10FFFF)];
    private static readonly (int Low, int High)[] s_all = [(0, 0x10FFFF)];
    private static readonly (char Character, char Letter)[] s_escapes = [('"', '"'), ('\\', '\\'), ('\b', 'b'), ('\f', 'f'), ('\n', 'n'), ('\r', 'r'), ('\t', 't')];

    /// <summary>A value's type as schemas call it.</summary>
    public static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };

    /// <summary>A character of some ranges, written the one way in which texts can be compared. Of control characters those with a letter, and one that is named alone.</summary>
    public static int Character(ByteAutomaton automaton, IReadOnlyList<(int Low, int High)> ranges, int next)
    {
        if (ranges is [var (only, last)] && only == last && only < 0x20 && !s_escapes.Any(escape => escape.Character == only)) return automaton.Text($"\\u{only:x4}", next);
        var plain = ranges.SelectMany(range => s_plain.Select(other => (Low: Math.Max(range.Low, other.Low), High: Math.Min(range.High, other.High)))).Where(range => range.Low <= range.High).ToList();
        var escaped = s_escapes.Where(escape => ranges.Any(range => range.Low <= escape.Character && escape.Character <= range.High)).Select(escape => ((int)escape.Letter, (int)escape.Letter)).ToList();
        return (plain.Count, escaped.Count) switch
        {
            (0, 0) => automaton.Either(),
            (_, 0) => automaton.Characters(plain, next),
            (0, _) => Escape(),
            _ => automaton.Either(automaton.Characters(plain, next), Escape()),
        };

        int Escape() => automaton.Byte((byte)'\\', (byte)'\\', automaton.Characters(escaped, next));
    }

    /// <summary>Any character as <see cref="Character"/> writes it.</summary>
    public static int Comparable(ByteAutomaton automaton, int next) => Character(automaton, s_all, next);

    /// <summary>Any character, with every escape.</summary>
    public static int Any(ByteAutomaton automaton, int next)
    {
        var hexadecimal = next;
        for (var i = 0; i < 4; i++) hexadecimal = automaton.Characters([('0', '9'), ('A', 'F'), ('a', 'f')], hexadecimal);
        var escape = automaton.Either(automaton.Characters([('"', '"'), ('/', '/'), ('\\', '\\'), ('b', 'b'), ('f', 'f'), ('n', 'n'), ('r', 'r'), ('t', 't')], next), automaton.Byte((byte)'u', (byte)'u', hexadecimal));
        return automaton.Either(automaton.Characters(s_plain, next), automaton.Byte((byte)'\\', (byte)'\\', escape));
    }

    /// <summary>A value, as <see cref="Character"/> writes its texts.</summary>
    public static string Literal(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Literal(value.GetString()!),
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Select(property => $"{Literal(property.Name)}:{Literal(property.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Literal))}]",
        _ => value.GetRawText(),
    };

    /// <summary>A text in quotes.</summary>
    public static string Literal(string text) => $"\"{Inner(text)}\"";

    /// <summary>A text without quotes.</summary>
    public static string Inner(string text) => string.Concat(text.Select(c =>
        s_escapes.FirstOrDefault(escape => escape.Character == c) is { Letter: not '\0' and var letter } ? $"\\{letter}" : c < ' ' ? $"\\u{(int)c:x4}" : c.ToString()));

    /// <summary>Any string.</summary>
    public static int AnyText(ByteAutomaton automaton, int next) => Open(automaton, automaton.Repeat(after => Any(automaton, after), 0, null, Close(automaton, next)));

    /// <summary>A string's beginning.</summary>
    public static int Open(ByteAutomaton automaton, int inner) => automaton.Byte((byte)'"', (byte)'"', inner);

    /// <summary>A string's end.</summary>
    public static int Close(ByteAutomaton automaton, int next) => automaton.Byte((byte)'"', (byte)'"', next);

    /// <summary>A comma and a blank or none: models write both.</summary>
    public static int Comma(ByteAutomaton automaton, int next) => automaton.Byte((byte)',', (byte)',', Space(automaton, next));

    /// <summary>A colon and a blank or none.</summary>
    public static int Colon(ByteAutomaton automaton, int next) => automaton.Byte((byte)':', (byte)':', Space(automaton, next));

    private static int Space(ByteAutomaton automaton, int next) => automaton.Either(automaton.Byte((byte)' ', (byte)' ', next), next);
}
