namespace Geobuk.Models.ChatTemplates;

/// <summary>Cutting texts into parts and joining them, with Python's meaning; counted before it is done.</summary>
internal static class TextParts
{
    /// <summary>text.split(sep, maxsplit).</summary>
    public static object Split(string text, RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Get(0, "sep") is not null)
            return Cut(context, line, text, Methods.Text(context, line, arguments, 0, "sep"), arguments.Get(1, "maxsplit")).ToList<object?>();
        if (arguments.Has(1, "maxsplit")) throw context.Fail(line, "split is given maxsplit without a separator", "both or none");
        context.ChargeItems(line, text.Count(char.IsWhiteSpace) + 1L);
        return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToList<object?>();
    }

    /// <summary>text.splitlines().</summary>
    public static List<object?> Lines(RenderContext context, int line, string text)
    {
        var whole = text.ReplaceLineEndings("\n");
        context.ChargeItems(line, whole.AsSpan().Count('\n') + 1L);
        var lines = whole.Split('\n').ToList<object?>();
        if (lines[^1] is "") lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    /// <summary>Python's replace, of all or of the first <paramref name="most"/> occurrences.</summary>
    public static string Replace(RenderContext context, int line, string text, string old, string replacement, object? most)
    {
        var parts = Cut(context, line, text, old, most);
        context.Charge(line, text.Length + (long)parts.Length * replacement.Length);
        return string.Join(replacement, parts);
    }

    /// <summary>Texts with a separator between.</summary>
    public static string Join(RenderContext context, int line, List<object?> items, string separator)
    {
        context.ChargeItems(line, items.Count);
        var texts = items.ConvertAll(item => TemplateValue.Print(context, line, item));
        context.Charge(line, texts.Sum(text => (long)text.Length + separator.Length));
        return string.Join(separator, texts);
    }

    /// <summary>text.count(part).</summary>
    public static long Count(RenderContext context, int line, string text, string part)
    {
        context.ChargeSearch(line, text, Separator(context, line, part));
        return text.AsSpan().Count(part);
    }

    /// <summary>text.find(part), in code points as Python counts; -1 where it is not.</summary>
    public static long Find(RenderContext context, int line, string text, string part)
    {
        context.ChargeSearch(line, text, part);
        var at = text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? at : TemplateAccess.Length(context, line, text[..at]);
    }

    private static string[] Cut(RenderContext context, int line, string text, string separator, object? most)
    {
        context.ChargeSearch(line, text, Separator(context, line, separator));
        context.ChargeItems(line, text.AsSpan().Count(separator) + 1L);
        return text.Split(separator, most is long limit && limit >= 0 ? (int)Math.Min(limit, int.MaxValue - 1) + 1 : int.MaxValue);
    }

    private static string Separator(RenderContext context, int line, string text) => text.Length > 0 ? text : throw context.Fail(line, "a separator is empty", "at least one character");
}
