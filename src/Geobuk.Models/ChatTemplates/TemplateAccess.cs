using System.Globalization;
using System.Text;

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
            case TemplateLoop loop:
                return loop.Attribute(name);
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
                return Place(at, list.Count) is { } item ? list[item] : new Undefined(at.ToString(CultureInfo.InvariantCulture));
            case (string text, long at):
                return Character(context, line, text, at);
            case (_, string name):
                return Attribute(context, line, target, name);
            case (Undefined undefined, _):
                throw context.Fail(line, $"an item of {undefined.Name} is asked for, which is not defined", $"{undefined.Name} to be given");
            default:
                return new Undefined(TemplateValue.Print(context, line, index));
        }
    }

    /// <summary>value[start:end:step] of a list or a text.</summary>
    public static object? Slice(RenderContext context, int line, object? target, object? start, object? end, object? step)
    {
        // A text without surrogates is its own list of characters.
        var plain = target is string text && IsPlain(context, line, text) ? text : null;
        var items = plain is not null ? null : Items(context, line, target);
        var count = items?.Count ?? plain!.Length;
        var stride = Bound(step) ?? 1;
        if (stride == 0) throw context.Fail(line, "the step of a slice is 0", "another step");
        var (lowest, highest) = stride > 0 ? (0L, (long)count) : (-1L, count - 1L);
        var from = Limit(Bound(start), stride > 0 ? lowest : highest);
        var to = Limit(Bound(end), stride > 0 ? highest : lowest);
        if (items is null) context.Charge(line, plain!.Length);
        else context.ChargeItems(line, count);
        var (slice, characters) = (new List<object?>(), new StringBuilder());
        for (var i = from; stride > 0 ? i < to : i > to; i += stride)
        {
            if (items is null) characters.Append(plain![(int)i]);
            else if (target is string) characters.Append((string)items[(int)i]!);
            else slice.Add(items[(int)i]);
        }
        return target is string ? characters.ToString() : slice;

        long? Bound(object? value) => value switch
        {
            null => null,
            long whole => Math.Clamp(whole, int.MinValue, int.MaxValue),
            _ => throw context.Fail(line, $"{TemplateValue.Describe(value)} bounds a slice", "a whole number"),
        };
        long Limit(long? bound, long otherwise) => bound is { } at ? Math.Clamp(at < 0 ? at + count : at, lowest, highest) : otherwise;
    }

    /// <summary>The items that a loop goes through: of a list, the keys of a map, the characters of a text.</summary>
    public static List<object?> Items(RenderContext context, int line, object? value)
    {
        switch (value)
        {
            case List<object?> list:
                return list;
            case OrderedDictionary<string, object?> map:
                context.ChargeItems(line, map.Count);
                return [.. map.Keys];
            case string text:
                context.ChargeItems(line, text.Length);
                return [.. text.EnumerateRunes().Select(rune => rune.ToString())];
            case Undefined:
                return [];
            default:
                throw context.Fail(line, $"{TemplateValue.Describe(value)} is gone through", "a list, a map or a text");
        }
    }

    /// <summary>Number of items or characters.</summary>
    public static long Length(RenderContext context, int line, object? value) => value switch
    {
        string text => IsPlain(context, line, text) ? text.Length : text.EnumerateRunes().Count(),
        OrderedDictionary<string, object?> map => map.Count,
        _ => Items(context, line, value).Count,
    };

    // Python counts code points.
    private static bool IsPlain(RenderContext context, int line, string text)
    {
        context.ChargeComparison(line, text.Length);
        var plain = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;
        if (!plain) context.Charge(line, text.Length);
        return plain;
    }

    private static object Character(RenderContext context, int line, string text, long at)
    {
        var plain = IsPlain(context, line, text);
        if (Place(at, plain ? text.Length : text.EnumerateRunes().Count()) is not { } place) return new Undefined(at.ToString(CultureInfo.InvariantCulture));
        return plain ? text[place].ToString() : text.EnumerateRunes().ElementAt(place).ToString();
    }

    /// <summary>An index from the front or, below 0, from the end; null outside.</summary>
    private static int? Place(long index, int count)
    {
        if (index < 0) index += count;
        return index >= 0 && index < count ? (int)index : null;
    }
}
