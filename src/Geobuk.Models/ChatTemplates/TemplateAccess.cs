using System.Globalization;

namespace Geobuk.Models.ChatTemplates;

/// <summary>Attributes, subscripts, slices and iteration.</summary>
internal static class TemplateAccess
{
    /// <summary>value.name: an entry or a method; undefined where there is none.</summary>
    public static object? Attribute(RenderContext context, int line, object? target, string name)
    {
        switch (target)
        {
            case Undefined undefined:
                throw context.Fail(line, $"{name} of {undefined.Name} is asked for, which is not defined", $"{undefined.Name} to be given");
            case TemplateNamespace space:
                return space.Values.TryGetValue(name, out var value) ? value : new Undefined(name);
            case OrderedDictionary<string, object?> map when !Methods.OfMaps.Contains(name) && map.TryGetValue(name, out var entry):
                return entry;
            default:
                return Methods.Find(target, name) is { } method ? method : new Undefined(name);
        }
    }

    /// <summary>value[index]: an item, an entry, or else an attribute.</summary>
    public static object? Subscript(RenderContext context, int line, object? target, object? index)
    {
        switch (target, index)
        {
            case (OrderedDictionary<string, object?> map, string key):
                return map.TryGetValue(key, out var entry) ? entry : new Undefined(key);
            case (List<object?> list, long at):
                return Item(list, at);
            case (string text, long at):
                return Item(Characters(text), at);
            case (_, string name):
                return Attribute(context, line, target, name);
            case (Undefined undefined, _):
                throw context.Fail(line, $"an item of {undefined.Name} is asked for, which is not defined", $"{undefined.Name} to be given");
            default:
                return new Undefined(TemplateValue.Print(index));
        }
    }

    /// <summary>value[start:end:step] of a list or a text.</summary>
    public static object? Slice(RenderContext context, int line, object? target, object? start, object? end, object? step)
    {
        var items = target is string text ? Characters(text) : Items(context, line, target);
        var stride = Bound(step) ?? 1;
        if (stride == 0) throw context.Fail(line, "the step of a slice is 0", "another step");
        var (lowest, highest) = stride > 0 ? (0L, (long)items.Count) : (-1L, items.Count - 1L);
        var from = Place(Bound(start), stride > 0 ? lowest : highest);
        var to = Place(Bound(end), stride > 0 ? highest : lowest);
        context.Charge(line, items.Count);
        var slice = new List<object?>();
        for (var i = from; stride > 0 ? i < to : i > to; i += stride) slice.Add(items[(int)i]);
        return target is string ? string.Concat(slice) : slice;

        long? Bound(object? value) => value switch
        {
            null => null,
            long whole => Math.Clamp(whole, int.MinValue, int.MaxValue),
            _ => throw context.Fail(line, $"{TemplateValue.Describe(value)} bounds a slice", "a whole number"),
        };
        long Place(long? bound, long otherwise) => bound is { } at ? Math.Clamp(at < 0 ? at + items.Count : at, lowest, highest) : otherwise;
    }

    /// <summary>The items that a loop goes through: of a list, the keys of a map, the characters of a text.</summary>
    public static List<object?> Items(RenderContext context, int line, object? value) => value switch
    {
        List<object?> list => list,
        OrderedDictionary<string, object?> map => [.. map.Keys],
        string text => Characters(text),
        Undefined => [],
        _ => throw context.Fail(line, $"{TemplateValue.Describe(value)} is gone through", "a list, a map or a text"),
    };

    /// <summary>The code points of a text, as Python counts characters.</summary>
    public static List<object?> Characters(string text) => [.. text.EnumerateRunes().Select(rune => rune.ToString())];

    /// <summary>Number of items or characters.</summary>
    public static long Length(RenderContext context, int line, object? value) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        OrderedDictionary<string, object?> map => map.Count,
        _ => Items(context, line, value).Count,
    };

    private static object? Item(List<object?> items, long index)
    {
        if (index < 0) index += items.Count;
        return index >= 0 && index < items.Count ? items[(int)index] : new Undefined(index.ToString(CultureInfo.InvariantCulture));
    }
}
