namespace Geobuk.Models.ChatTemplates;

/// <summary>Python's methods of texts and maps, as far as templates use them; none changes its value.</summary>
internal static class Methods
{
    private delegate object? TextMethod(string text, RenderContext context, int line, CallArguments arguments);

    private static readonly Dictionary<string, TextMethod> OfTexts = new()
    {
        ["strip"] = (text, context, line, arguments) => Strip(text, Characters(context, line, arguments), true, true),
        ["lstrip"] = (text, context, line, arguments) => Strip(text, Characters(context, line, arguments), true, false),
        ["rstrip"] = (text, context, line, arguments) => Strip(text, Characters(context, line, arguments), false, true),
        ["startswith"] = (text, context, line, arguments) => Affixes(context, line, arguments).Any(affix => text.StartsWith(affix, StringComparison.Ordinal)),
        ["endswith"] = (text, context, line, arguments) => Affixes(context, line, arguments).Any(affix => text.EndsWith(affix, StringComparison.Ordinal)),
        ["removeprefix"] = (text, context, line, arguments) => Text(context, line, arguments, 0, "prefix") is var affix && text.StartsWith(affix, StringComparison.Ordinal) ? text[affix.Length..] : text,
        ["removesuffix"] = (text, context, line, arguments) => Text(context, line, arguments, 0, "suffix") is var affix && text.EndsWith(affix, StringComparison.Ordinal) ? text[..^affix.Length] : text,
        ["split"] = Split,
        ["splitlines"] = (text, context, line, _) => Lines(text, context, line),
        ["replace"] = (text, context, line, arguments) => Replace(context, line, text, Text(context, line, arguments, 0, "old"), Text(context, line, arguments, 1, "new"), arguments.Get(2, "count")),
        ["upper"] = (text, _, _, _) => text.ToUpperInvariant(),
        ["lower"] = (text, _, _, _) => text.ToLowerInvariant(),
        ["title"] = (text, _, _, _) => Title(text),
        ["capitalize"] = (text, _, _, _) => Capitalize(text),
        ["count"] = (text, context, line, arguments) => (long)text.Split(Separator(context, line, Text(context, line, arguments, 0, "sub"))).Length - 1,
        ["find"] = (text, context, line, arguments) => (long)text.IndexOf(Text(context, line, arguments, 0, "sub"), StringComparison.Ordinal),
        ["join"] = (text, context, line, arguments) => Join(context, line, TemplateAccess.Items(context, line, arguments.Get(0, "items")), text),
        ["isdigit"] = (text, _, _, _) => text.Length > 0 && text.All(char.IsDigit),
        ["isspace"] = (text, _, _, _) => text.Length > 0 && text.All(IsSpace),
    };

    /// <summary>Names that mean the method even where a map has an entry of that name.</summary>
    public static IReadOnlySet<string> OfMaps { get; } = new HashSet<string> { "items", "keys", "values", "get" };

    /// <summary>A method bound to its value, or null.</summary>
    public static TemplateFunction? Find(object? target, string name) => target switch
    {
        string text when OfTexts.TryGetValue(name, out var method) => (context, line, arguments) => method(text, context, line, arguments),
        OrderedDictionary<string, object?> map => OfMap(map, name),
        _ => null,
    };

    /// <summary>The pairs of a map.</summary>
    public static List<object?> Pairs(OrderedDictionary<string, object?> map) => [.. map.Select(entry => new List<object?> { entry.Key, entry.Value })];

    /// <summary>Python's strip: white space, or the given characters.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        var (start, end) = (0, text.Length);
        bool Goes(char unit) => characters is null ? IsSpace(unit) : characters.Contains(unit);
        while (left && start < end && Goes(text[start])) start++;
        while (right && end > start && Goes(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary>Texts with a separator between; counted before it is made.</summary>
    public static string Join(RenderContext context, int line, IEnumerable<object?> items, string separator)
    {
        var texts = items.Select(TemplateValue.Print).ToList();
        context.Charge(line, texts.Sum(text => (long)text.Length + separator.Length));
        return string.Join(separator, texts);
    }

    /// <summary>Python's replace, of all or of the first <paramref name="most"/> occurrences.</summary>
    public static string Replace(RenderContext context, int line, string text, string old, string replacement, object? most)
    {
        var parts = Cut(text, Separator(context, line, old), most is long limit && limit >= 0 ? (int)Math.Min(limit, int.MaxValue - 1) : int.MaxValue - 1);
        context.Charge(line, text.Length + (long)parts.Length * replacement.Length);
        return string.Join(replacement, parts);
    }

    /// <summary>The first letter of every word upper case.</summary>
    public static string Title(string text) => string.Concat(text.Select((unit, i) => i == 0 || !char.IsLetter(text[i - 1]) ? char.ToUpperInvariant(unit) : char.ToLowerInvariant(unit)));

    /// <summary>The first letter upper case, the rest lower.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    private static TemplateFunction? OfMap(OrderedDictionary<string, object?> map, string name) => name switch
    {
        "items" => (_, _, _) => Pairs(map),
        "keys" => (_, _, _) => new List<object?>(map.Keys),
        "values" => (_, _, _) => new List<object?>(map.Values),
        "get" => (_, _, arguments) => arguments.Get(0, "key") is string key && map.TryGetValue(key, out var value) ? value : arguments.Get(1, "default"),
        _ => null,
    };

    private static List<object?> Split(string text, RenderContext context, int line, CallArguments arguments)
    {
        context.Charge(line, text.Length);
        var most = arguments.Get(1, "maxsplit", -1L) is long limit && limit >= 0 ? (int)Math.Min(limit, int.MaxValue - 1) : int.MaxValue - 1;
        if (arguments.Get(0, "sep") is null)
        {
            if (most != int.MaxValue - 1) throw context.Fail(line, "split is given maxsplit without a separator", "both or none");
            return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToList<object?>();
        }
        return Cut(text, Separator(context, line, Text(context, line, arguments, 0, "sep")), most).ToList<object?>();
    }

    private static string[] Cut(string text, string separator, int most) => text.Split(separator, most + 1);

    private static List<object?> Lines(string text, RenderContext context, int line)
    {
        context.Charge(line, text.Length);
        var lines = text.ReplaceLineEndings("\n").Split('\n').ToList<object?>();
        if (lines[^1] is "") lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    private static string Separator(RenderContext context, int line, string text) => text.Length > 0 ? text : throw context.Fail(line, "a separator is empty", "at least one character");

    private static string Text(RenderContext context, int line, CallArguments arguments, int index, string name) =>
        arguments.Get(index, name) as string ?? throw context.Fail(line, $"{name} is {TemplateValue.Describe(arguments.Get(index, name))}", "a text");

    private static string? Characters(RenderContext context, int line, CallArguments arguments) =>
        arguments.Get(0, "chars") is null ? null : Text(context, line, arguments, 0, "chars");

    private static IEnumerable<string> Affixes(RenderContext context, int line, CallArguments arguments) =>
        arguments.Get(0, "affix") is List<object?> several ? several.OfType<string>() : [Text(context, line, arguments, 0, "affix")];

    // Python also counts the four information separators as white space.
    private static bool IsSpace(char unit) => char.IsWhiteSpace(unit) || unit is >= '\u001C' and <= '\u001F';
}
