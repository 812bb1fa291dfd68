namespace Geobuk.Models.ChatTemplates;

/// <summary>Python's methods of texts and maps, as far as templates use them; none changes its value.</summary>
internal static class Methods
{
    private delegate object? TextMethod(string text, RenderContext context, int line, CallArguments arguments);

    private static readonly Dictionary<string, TextMethod> OfTexts = new()
    {
        ["strip"] = (text, context, line, arguments) => Strip(text, Characters(context, line, text, arguments), true, true),
        ["lstrip"] = (text, context, line, arguments) => Strip(text, Characters(context, line, text, arguments), true, false),
        ["rstrip"] = (text, context, line, arguments) => Strip(text, Characters(context, line, text, arguments), false, true),
        ["startswith"] = (text, context, line, arguments) => Affixes(context, line, arguments).Any(affix => text.StartsWith(affix, StringComparison.Ordinal)),
        ["endswith"] = (text, context, line, arguments) => Affixes(context, line, arguments).Any(affix => text.EndsWith(affix, StringComparison.Ordinal)),
        ["removeprefix"] = (text, context, line, arguments) => Text(context, line, arguments, 0, "prefix") is var affix && text.StartsWith(affix, StringComparison.Ordinal) ? text[affix.Length..] : text,
        ["removesuffix"] = (text, context, line, arguments) => Text(context, line, arguments, 0, "suffix") is var affix && text.EndsWith(affix, StringComparison.Ordinal) ? text[..^affix.Length] : text,
        ["split"] = TextParts.Split,
        ["splitlines"] = (text, context, line, _) => TextParts.Lines(context, line, text),
        ["replace"] = (text, context, line, arguments) => TextParts.Replace(context, line, text, Text(context, line, arguments, 0, "old"), Text(context, line, arguments, 1, "new"), arguments.Get(2, "count")),
        ["upper"] = (text, _, _, _) => text.ToUpperInvariant(),
        ["lower"] = (text, _, _, _) => text.ToLowerInvariant(),
        ["title"] = (text, _, _, _) => Title(text),
        ["capitalize"] = (text, _, _, _) => Capitalize(text),
        ["count"] = (text, context, line, arguments) => TextParts.Count(context, line, text, Text(context, line, arguments, 0, "sub")),
        ["find"] = (text, context, line, arguments) => TextParts.Find(context, line, text, Text(context, line, arguments, 0, "sub")),
        ["join"] = (text, context, line, arguments) => TextParts.Join(context, line, TemplateAccess.Items(context, line, arguments.Get(0, "items")), text),
        ["isdigit"] = (text, _, _, _) => text.Length > 0 && text.All(char.IsDigit),
        ["isspace"] = (text, _, _, _) => text.Length > 0 && text.All(IsSpace),
    };

    /// <summary>Names that mean the method even where a map has an entry of that name.</summary>
    public static IReadOnlySet<string> OfMaps { get; } = new HashSet<string> { "items", "keys", "values", "get" };

    /// <summary>A method bound to its value, or null.</summary>
    public static TemplateFunction? Find(object? target, string name) => target switch
    {
        string text when OfTexts.TryGetValue(name, out var method) => Bind(method, text),
        OrderedDictionary<string, object?> map => OfMap(map, name),
        _ => null,
    };

    /// <summary>The pairs of a map.</summary>
    public static List<object?> Pairs(RenderContext context, int line, OrderedDictionary<string, object?> map)
    {
        context.ChargeItems(line, 4L * map.Count);
        return [.. map.Select(entry => new TemplateTuple([entry.Key, entry.Value]))];
    }

    /// <summary>Python's strip: white space, or the given characters.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        var (start, end) = (0, text.Length);
        bool Goes(char unit) => characters is null ? IsSpace(unit) : characters.Contains(unit);
        while (left && start < end && Goes(text[start])) start++;
        while (right && end > start && Goes(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary>The first letter of every word upper case.</summary>
    public static string Title(string text) => string.Concat(text.Select((unit, i) => i == 0 || !char.IsLetter(text[i - 1]) ? char.ToUpperInvariant(unit) : char.ToLowerInvariant(unit)));

    /// <summary>The first letter upper case, the rest lower.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant();

    /// <summary>An argument that must be text.</summary>
    public static string Text(RenderContext context, int line, CallArguments arguments, int index, string name) =>
        arguments.Get(index, name) as string ?? throw context.Fail(line, $"{name} is {TemplateValue.Describe(arguments.Get(index, name))}", "a text");

    private static TemplateFunction Bind(TextMethod method, string text) => (context, line, arguments) =>
    {
        context.Charge(line, text.Length);
        return method(text, context, line, arguments);
    };

    private static TemplateFunction? OfMap(OrderedDictionary<string, object?> map, string name) => name switch
    {
        "items" => (context, line, _) => Pairs(context, line, map),
        "keys" => (context, line, _) => TemplateAccess.Items(context, line, map),
        "values" => (context, line, _) => Values(context, line, map),
        "get" => (_, _, arguments) => arguments.Get(0, "key") is string key && map.TryGetValue(key, out var value) ? value : arguments.Get(1, "default"),
        _ => null,
    };

    private static List<object?> Values(RenderContext context, int line, OrderedDictionary<string, object?> map)
    {
        context.ChargeItems(line, map.Count);
        return [.. map.Values];
    }

    /// <summary>The characters that a strip takes off; null for white space.</summary>
    public static string? Characters(RenderContext context, int line, string text, CallArguments arguments)
    {
        if (arguments.Get(0, "chars") is null) return null;
        var characters = Text(context, line, arguments, 0, "chars");
        context.ChargeSearch(line, text, characters);
        return characters;
    }

    private static IEnumerable<string> Affixes(RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Get(0, "affix") is not List<object?> several) return [Text(context, line, arguments, 0, "affix")];
        context.ChargeItems(line, several.Count);
        return several.OfType<string>();
    }

    // Python also counts the four information separators as white space.
    private static bool IsSpace(char unit) => char.IsWhiteSpace(unit) || unit is >= '\u001C' and <= '\u001F';
}
