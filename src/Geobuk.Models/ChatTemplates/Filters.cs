using System.Globalization;

namespace Geobuk.Models.ChatTemplates;

/// <summary>What may follow |; those over lists are <see cref="ListFilters"/>'.</summary>
internal static class Filters
{
    private const int WidestIndent = 64;

    /// <summary>A filter: from a value and arguments to a value.</summary>
    internal delegate object? Filter(object? value, RenderContext context, int line, CallArguments arguments);

    private static readonly Dictionary<string, Filter> All = new(ListFilters.All.Concat(NumberFilters.All))
    {
        ["trim"] = Trim,
        ["upper"] = (value, context, line, _) => Text(value, context, line).ToUpperInvariant(),
        ["lower"] = (value, context, line, _) => Text(value, context, line).ToLowerInvariant(),
        ["title"] = (value, context, line, _) => Methods.Title(Text(value, context, line)),
        ["capitalize"] = (value, context, line, _) => Methods.Capitalize(Text(value, context, line)),
        ["string"] = (value, context, line, _) => Text(value, context, line),
        ["safe"] = (value, _, _, _) => value,
        ["escape"] = Escape,
        ["e"] = Escape,
        ["wordcount"] = (value, context, line, arguments) => WordCount(value, context, line, arguments),
        ["length"] = (value, context, line, _) => TemplateAccess.Length(context, line, value),
        ["count"] = (value, context, line, _) => TemplateAccess.Length(context, line, value),
        ["default"] = Default,
        ["d"] = Default,
        ["replace"] = (value, context, line, arguments) => TextParts.Replace(
            context, line, Text(value, context, line), Text(arguments.Get(0, "old"), context, line), Text(arguments.Get(1, "new"), context, line), arguments.Get(2, "count")),
        ["tojson"] = TemplateJson.Filter,
        ["int"] = (value, _, _, arguments) => Whole(value) ?? arguments.Get(0, "default", 0L),
        ["float"] = (value, _, _, arguments) => Real(value) ?? arguments.Get(0, "default", 0.0),
        ["abs"] = Abs,
        ["indent"] = Indent,
    };

    /// <summary>Every filter, for errors.</summary>
    public static string Names { get; } = string.Join(", ", All.Keys.Order(StringComparer.Ordinal));

    /// <summary>Whether there is such a filter.</summary>
    public static bool Exists(string name) => All.ContainsKey(name);

    /// <summary>The filtered value.</summary>
    public static object? Apply(RenderContext context, int line, string name, object? value, CallArguments arguments)
    {
        if (value is string text) context.Charge(line, text.Length);
        return All[name](value, context, line, arguments);
    }

    private static string Text(object? value, RenderContext context, int line) => TemplateValue.Print(context, line, value);

    private static string Trim(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var text = Text(value, context, line);
        return Methods.Strip(text, Methods.Characters(context, line, text, arguments), true, true);
    }

    private static object? Default(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var replaces = value is Undefined || (TemplateValue.IsTrue(arguments.Get(1, "boolean", false)) && !TemplateValue.IsTrue(value));
        return replaces ? arguments.Get(0, "default_value", "") : value;
    }

    /// <summary>What HTML would read otherwise; four characters at most become six.</summary>
    private static string Escape(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var text = Text(value, context, line);
        context.Charge(line, 6L * text.Length);
        return text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&#34;").Replace("'", "&#39;");
    }

    private static long WordCount(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var (count, inWord) = (0L, false);
        foreach (var unit in Text(value, context, line))
        {
            var belongs = char.IsLetterOrDigit(unit) || unit == '_';
            if (belongs && !inWord) count++;
            inWord = belongs;
        }
        return count;
    }

    private static object Abs(object? value, RenderContext context, int line, CallArguments arguments) => value switch
    {
        long.MinValue => throw context.Fail(line, $"abs is asked of {value}", "a number of 64 bits"),
        // Boxed apart, or it would become double.
        long whole => (object)Math.Abs(whole),
        _ => Math.Abs(TemplateValue.Number(value) ?? throw context.Fail(line, $"abs is asked of {TemplateValue.Describe(value)}", "a number")),
    };

    private static long? Whole(object? value) => value switch
    {
        long whole => whole,
        bool flag => flag ? 1 : 0,
        double real when Math.Abs(real) < 1e18 => (long)real,
        string text when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var whole) => whole,
        string text when double.TryParse(text, CultureInfo.InvariantCulture, out var real) && Math.Abs(real) < 1e18 => (long)real,
        _ => null,
    };

    private static double? Real(object? value) =>
        value is string text ? double.TryParse(text, CultureInfo.InvariantCulture, out var real) ? real : null : TemplateValue.Number(value);

    private static string Indent(object? value, RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Get(0, "width", 4L) is not (>= 0L and <= WidestIndent and long width)) throw context.Fail(line, "indent has no usable width", $"0 to {WidestIndent}");
        var text = Text(value, context, line);
        var count = text.AsSpan().Count('\n') + 1L;
        context.ChargeItems(line, 2 * count);
        context.Charge(line, 2 * text.Length + count * width);
        var margin = new string(' ', (int)width);
        var (first, blank) = (TemplateValue.IsTrue(arguments.Get(1, "first", false)), TemplateValue.IsTrue(arguments.Get(2, "blank", false)));
        return string.Join('\n', text.Split('\n').Select((part, i) => (i == 0 ? first : blank || part.Length > 0) ? margin + part : part));
    }
}
