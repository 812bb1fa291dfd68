using System.Globalization;

namespace Geobuk.Models.ChatTemplates;

/// <summary>What may follow |.</summary>
internal static class Filters
{
    private const int WidestIndent = 64;

    private delegate object? Filter(object? value, RenderContext context, int line, CallArguments arguments);

    private static readonly Dictionary<string, Filter> All = new()
    {
        ["trim"] = (value, _, _, arguments) => Methods.Strip(TemplateValue.Print(value), arguments.Get(0, "chars") as string, true, true),
        ["upper"] = (value, _, _, _) => TemplateValue.Print(value).ToUpperInvariant(),
        ["lower"] = (value, _, _, _) => TemplateValue.Print(value).ToLowerInvariant(),
        ["title"] = (value, _, _, _) => Methods.Title(TemplateValue.Print(value)),
        ["capitalize"] = (value, _, _, _) => Methods.Capitalize(TemplateValue.Print(value)),
        ["string"] = (value, _, _, _) => TemplateValue.Print(value),
        ["safe"] = (value, _, _, _) => value,
        ["length"] = (value, context, line, _) => TemplateAccess.Length(context, line, value),
        ["count"] = (value, context, line, _) => TemplateAccess.Length(context, line, value),
        ["default"] = Default,
        ["d"] = Default,
        ["first"] = (value, context, line, _) => TemplateAccess.Items(context, line, value) is [var first, ..] ? first : new Undefined("the first of nothing"),
        ["last"] = (value, context, line, _) => TemplateAccess.Items(context, line, value) is [.., var last] ? last : new Undefined("the last of nothing"),
        ["list"] = (value, context, line, _) => new List<object?>(TemplateAccess.Items(context, line, value)),
        ["reverse"] = (value, context, line, _) => value is string text ? string.Concat(Enumerable.Reverse(TemplateAccess.Characters(text))) : Enumerable.Reverse(TemplateAccess.Items(context, line, value)).ToList(),
        ["items"] = (value, context, line, _) => value is OrderedDictionary<string, object?> map ? Methods.Pairs(map) : value is Undefined ? new List<object?>() : throw context.Fail(line, $"items is asked of {TemplateValue.Describe(value)}", "a map"),
        ["dictsort"] = (value, context, line, _) => value is OrderedDictionary<string, object?> map ? Methods.Pairs(new(map.OrderBy(entry => entry.Key, StringComparer.OrdinalIgnoreCase))) : throw context.Fail(line, $"dictsort is asked of {TemplateValue.Describe(value)}", "a map"),
        ["join"] = (value, context, line, arguments) => Methods.Join(context, line, Attributes(value, context, line, arguments.Get(1, "attribute")), TemplateValue.Print(arguments.Get(0, "d", ""))),
        ["replace"] = (value, context, line, arguments) => Methods.Replace(context, line, TemplateValue.Print(value), TemplateValue.Print(arguments.Get(0, "old")), TemplateValue.Print(arguments.Get(1, "new")), arguments.Get(2, "count")),
        ["tojson"] = ToJson,
        ["int"] = (value, _, _, arguments) => Whole(value) ?? arguments.Get(0, "default", 0L),
        ["float"] = (value, _, _, arguments) => Real(value) ?? arguments.Get(0, "default", 0.0),
        ["abs"] = (value, context, line, _) => value is long whole ? (object)Math.Abs(whole) : Math.Abs(TemplateValue.Number(value) ?? throw context.Fail(line, $"abs is asked of {TemplateValue.Describe(value)}", "a number")),
        ["indent"] = Indent,
        ["unique"] = (value, context, line, _) => Unique(TemplateAccess.Items(context, line, value), context, line),
        ["sort"] = (value, context, line, arguments) => Sort(value, context, line, arguments),
        ["map"] = Map,
        ["select"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: false, keep: true),
        ["reject"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: false, keep: false),
        ["selectattr"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: true, keep: true),
        ["rejectattr"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: true, keep: false),
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

    private static object? Default(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var replaces = value is Undefined || (TemplateValue.IsTrue(arguments.Get(1, "boolean", false)) && !TemplateValue.IsTrue(value));
        return replaces ? arguments.Get(0, "default_value", "") : value;
    }

    private static string ToJson(object? value, RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Named.Keys.FirstOrDefault(name => name is not ("indent" or "ensure_ascii" or "sort_keys")) is { } unknown)
            throw context.Fail(line, $"tojson is given {unknown}", "indent, ensure_ascii=false or sort_keys");
        if (TemplateValue.IsTrue(arguments.Named.GetValueOrDefault("ensure_ascii"))) throw context.Fail(line, "tojson is asked for ensure_ascii", "text as it is");
        var indent = arguments.Positional.Count > 0 ? arguments.Positional[0] : arguments.Named.GetValueOrDefault("indent");
        if (indent is not (null or (>= 0L and <= WidestIndent))) throw context.Fail(line, $"tojson is given indent {TemplateValue.Print(indent)}", $"0 to {WidestIndent}");
        return new TemplateJson(context, line, (int?)(indent as long?), TemplateValue.IsTrue(arguments.Named.GetValueOrDefault("sort_keys"))).Write(value);
    }

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
        var lines = TemplateValue.Print(value).Split('\n');
        context.Charge(line, lines.Length * width);
        var margin = new string(' ', (int)width);
        var (first, blank) = (TemplateValue.IsTrue(arguments.Get(1, "first", false)), TemplateValue.IsTrue(arguments.Get(2, "blank", false)));
        return string.Join('\n', lines.Select((text, i) => (i == 0 ? first : blank || text.Length > 0) ? margin + text : text));
    }

    private static List<object?> Unique(List<object?> items, RenderContext context, int line)
    {
        context.Charge(line, (long)items.Count * items.Count);
        var unique = new List<object?>();
        foreach (var item in items)
            if (!unique.Any(other => Comparisons.AreEqual(other, item))) unique.Add(item);
        return unique;
    }

    private static List<object?> Sort(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var items = TemplateAccess.Items(context, line, value);
        var keys = Attributes(value, context, line, arguments.Get(2, "attribute"));
        var comparer = Comparer<object?>.Create((a, b) => Comparisons.Compare(context, line, Folded(a), Folded(b)));
        var order = Enumerable.Range(0, items.Count).ToList();
        var sorted = TemplateValue.IsTrue(arguments.Get(0, "reverse", false)) ? order.OrderByDescending(i => keys[i], comparer) : order.OrderBy(i => keys[i], comparer);
        return [.. sorted.Select(i => items[i])];
    }

    // Jinja sorts without regard to case.
    private static object? Folded(object? value) => value is string text ? text.ToLowerInvariant() : value;

    private static List<object?> Map(object? value, RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Named.TryGetValue("attribute", out var attribute))
        {
            var otherwise = arguments.Named.GetValueOrDefault("default");
            return Attributes(value, context, line, attribute).Select(item => item is Undefined && otherwise is not null ? otherwise : item).ToList();
        }
        if (arguments.Get(0, "") is not string name || !Exists(name)) throw context.Fail(line, $"map is given {TemplateValue.Print(arguments.Get(0, ""))}", "attribute= or the name of a filter");
        var rest = new CallArguments([.. arguments.Positional.Skip(1)], arguments.Named);
        return TemplateAccess.Items(context, line, value).Select(item =>
        {
            context.Step(line);
            return Apply(context, line, name, item, rest);
        }).ToList();
    }

    private static List<object?> Select(object? value, RenderContext context, int line, CallArguments arguments, bool byAttribute, bool keep)
    {
        var at = byAttribute ? 1 : 0;
        var test = arguments.Get(at, "") as string;
        if (test is not null && !ValueTests.Exists(test)) throw context.Fail(line, $"the test {test} is not known", $"one of {ValueTests.Names}");
        var rest = new CallArguments([.. arguments.Positional.Skip(at + 1)], CallArguments.None.Named);
        var items = TemplateAccess.Items(context, line, value);
        var subjects = byAttribute ? Attributes(value, context, line, arguments.Get(0, "")) : items;
        return [.. items.Where((_, i) => keep == (test is null ? TemplateValue.IsTrue(subjects[i]) : ValueTests.Holds(context, line, test, subjects[i], rest)))];
    }

    /// <summary>An attribute, possibly a path with dots, of every item; the items themselves without one.</summary>
    private static List<object?> Attributes(object? value, RenderContext context, int line, object? attribute)
    {
        var items = TemplateAccess.Items(context, line, value);
        if (attribute is not string path) return items;
        return [.. items.Select(item =>
        {
            context.Step(line);
            return path.Split('.').Aggregate(item, (target, name) => target is Undefined ? target : TemplateAccess.Subscript(context, line, target, long.TryParse(name, CultureInfo.InvariantCulture, out var index) ? index : name));
        })];
    }
}
