using System.Globalization;

namespace Geobuk.Models.ChatTemplates;

/// <summary>The filters over lists and maps.</summary>
internal static class ListFilters
{
    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, Filters.Filter> All { get; } = new Dictionary<string, Filters.Filter>
    {
        ["first"] = (value, context, line, _) => TemplateAccess.Items(context, line, value) is [var first, ..] ? first : new Undefined("the first of nothing"),
        ["last"] = (value, context, line, _) => TemplateAccess.Items(context, line, value) is [.., var last] ? last : new Undefined("the last of nothing"),
        ["list"] = (value, context, line, _) => Copy(value, context, line),
        ["reverse"] = Reverse,
        ["items"] = (value, context, line, _) => value is Undefined ? new List<object?>() : Methods.Pairs(context, line, Map(value, context, line, "items")),
        ["dictsort"] = SortMap,
        ["join"] = (value, context, line, arguments) => TextParts.Join(
            context, line, Attributes(value, context, line, arguments.Get(1, "attribute")), TemplateValue.Print(context, line, arguments.Get(0, "d", ""))),
        ["unique"] = Unique,
        ["max"] = (value, context, line, arguments) => Extreme(value, context, line, arguments, largest: true),
        ["min"] = (value, context, line, arguments) => Extreme(value, context, line, arguments, largest: false),
        ["sort"] = Sort,
        ["map"] = Map,
        ["select"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: false, keep: true),
        ["reject"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: false, keep: false),
        ["selectattr"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: true, keep: true),
        ["rejectattr"] = (value, context, line, arguments) => Select(value, context, line, arguments, byAttribute: true, keep: false),
    };

    private static List<object?> Copy(object? value, RenderContext context, int line)
    {
        var items = TemplateAccess.Items(context, line, value);
        context.ChargeItems(line, items.Count);
        return [.. items];
    }

    private static object Reverse(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var items = Copy(value, context, line);
        items.Reverse();
        return value is string ? string.Concat(items) : items;
    }

    private static OrderedDictionary<string, object?> Map(object? value, RenderContext context, int line, string filter) =>
        value as OrderedDictionary<string, object?> ?? throw context.Fail(line, $"{filter} is asked of {TemplateValue.Describe(value)}", "a map");

    private static List<object?> SortMap(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var by = arguments.Get(1, "by", "key");
        if (by is not ("key" or "value")) throw context.Fail(line, $"dictsort is given by {TemplateValue.Print(context, line, by)}", "key or value");
        var pairs = Methods.Pairs(context, line, Map(value, context, line, "dictsort"));
        var keys = pairs.ConvertAll(pair => ((List<object?>)pair!)[by is "key" ? 0 : 1]);
        return Ordered(pairs, keys, context, line, TemplateValue.IsTrue(arguments.Get(0, "case_sensitive", false)), TemplateValue.IsTrue(arguments.Get(2, "reverse", false)));
    }

    private static List<object?> Sort(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var keys = Attributes(value, context, line, arguments.Get(2, "attribute"));
        return Ordered(TemplateAccess.Items(context, line, value), keys, context, line,
            TemplateValue.IsTrue(arguments.Get(1, "case_sensitive", false)), TemplateValue.IsTrue(arguments.Get(0, "reverse", false)));
    }

    /// <summary>Items in the order of their keys, equal ones as they stood; without regard to case unless told.</summary>
    private static List<object?> Ordered(List<object?> items, List<object?> keys, RenderContext context, int line, bool caseSensitive, bool descending)
    {
        context.ChargeItems(line, 3L * items.Count);
        // Before the sort, which would wrap the error of a comparison.
        for (var i = 1; i < keys.Count; i++) Comparisons.Compare(context, line, keys[0], keys[i]);
        if (!caseSensitive) keys = keys.ConvertAll(key => Folded(context, line, key));
        var comparer = Comparer<object?>.Create((a, b) => Comparisons.Order(a, b));
        var order = Enumerable.Range(0, items.Count).ToList();
        var sorted = descending ? order.OrderByDescending(i => keys[i], comparer) : order.OrderBy(i => keys[i], comparer);
        return [.. sorted.Select(i => items[i])];
    }

    /// <summary>The first item of the largest or smallest key, without regard to case unless told.</summary>
    private static object? Extreme(object? value, RenderContext context, int line, CallArguments arguments, bool largest)
    {
        var items = TemplateAccess.Items(context, line, value);
        var keys = Attributes(value, context, line, arguments.Get(1, "attribute"));
        if (!TemplateValue.IsTrue(arguments.Get(0, "case_sensitive", false))) keys = keys.ConvertAll(key => Folded(context, line, key));
        if (items.Count == 0) return new Undefined("the extreme of nothing");
        var best = 0;
        for (var i = 1; i < keys.Count; i++)
            if (Comparisons.Compare(context, line, keys[i], keys[best]) is var order && (largest ? order > 0 : order < 0)) best = i;
        return items[best];
    }

    private static List<object?> Unique(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var items = TemplateAccess.Items(context, line, value);
        var keys = Attributes(value, context, line, arguments.Get(1, "attribute"));
        if (!TemplateValue.IsTrue(arguments.Get(0, "case_sensitive", false))) keys = keys.ConvertAll(key => Folded(context, line, key));
        context.ChargeItems(line, 2L * items.Count);
        var (unique, seen) = (new List<object?>(), new List<object?>());
        for (var i = 0; i < items.Count; i++)
        {
            if (seen.Any(other => Comparisons.AreEqual(context, line, other, keys[i]))) continue;
            seen.Add(keys[i]);
            unique.Add(items[i]);
        }
        return unique;
    }

    private static object? Folded(RenderContext context, int line, object? value)
    {
        if (value is not string text) return value;
        context.Charge(line, text.Length);
        return text.ToLowerInvariant();
    }

    private static List<object?> Map(object? value, RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Named.TryGetValue("attribute", out var attribute))
        {
            var otherwise = arguments.Named.GetValueOrDefault("default");
            return Attributes(value, context, line, attribute).ConvertAll(item => item is Undefined && otherwise is not null ? otherwise : item);
        }
        if (arguments.Get(0, "") is not string name || !Filters.Exists(name))
            throw context.Fail(line, $"map is given {TemplateValue.Print(context, line, arguments.Get(0, ""))}", "attribute= or the name of a filter");
        var rest = new CallArguments([.. arguments.Positional.Skip(1)], arguments.Named);
        var items = TemplateAccess.Items(context, line, value);
        context.ChargeItems(line, items.Count);
        return items.ConvertAll(item =>
        {
            // A filter may be map again.
            context.Enter(line);
            var mapped = Filters.Apply(context, line, name, item, rest);
            context.Leave();
            return mapped;
        });
    }

    private static List<object?> Select(object? value, RenderContext context, int line, CallArguments arguments, bool byAttribute, bool keep)
    {
        var at = byAttribute ? 1 : 0;
        var test = arguments.Get(at, "") as string;
        if (test is not null && !ValueTests.Exists(test)) throw context.Fail(line, $"the test {test} is not known", $"one of {ValueTests.Names}");
        var rest = new CallArguments([.. arguments.Positional.Skip(at + 1)], CallArguments.None.Named);
        var items = TemplateAccess.Items(context, line, value);
        var subjects = byAttribute ? Attributes(value, context, line, arguments.Get(0, "")) : items;
        context.ChargeItems(line, items.Count);
        return [.. items.Where((_, i) =>
        {
            context.Step(line);
            return keep == (test is null ? TemplateValue.IsTrue(subjects[i]) : ValueTests.Holds(context, line, test, subjects[i], rest));
        })];
    }

    /// <summary>An attribute, possibly a path with dots, of every item; the items themselves without one.</summary>
    internal static List<object?> Attributes(object? value, RenderContext context, int line, object? attribute)
    {
        var items = TemplateAccess.Items(context, line, value);
        if (attribute is long place) attribute = place.ToString(CultureInfo.InvariantCulture);
        if (attribute is not string path) return items;
        context.ChargeItems(line, items.Count);
        var names = path.Split('.').Select(name => long.TryParse(name, CultureInfo.InvariantCulture, out var index) ? (object)index : name).ToList();
        return items.ConvertAll(item =>
        {
            foreach (var name in names)
            {
                context.Step(line);
                if (item is not Undefined) item = TemplateAccess.Subscript(context, line, item, name);
            }
            return item;
        });
    }
}
