namespace Geobuk.Models.ChatTemplates;

/// <summary>Equality, order and membership, with Python's meaning.</summary>
internal static class Comparisons
{
    private const int DeepestValue = 100;

    public static bool Holds(RenderContext context, int line, string comparison, object? left, object? right) => comparison switch
    {
        "==" => AreEqual(left, right),
        "!=" => !AreEqual(left, right),
        "in" => Contains(context, line, right, left),
        "not in" => !Contains(context, line, right, left),
        "<" => Compare(context, line, left, right) < 0,
        ">" => Compare(context, line, left, right) > 0,
        "<=" => Compare(context, line, left, right) <= 0,
        _ => Compare(context, line, left, right) >= 0,
    };

    public static bool AreEqual(object? left, object? right, int depth = 0) => (left, right) switch
    {
        _ when depth > DeepestValue => false,
        (null, null) => true,
        (string a, string b) => a == b,
        (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second, depth + 1)),
        (OrderedDictionary<string, object?> a, OrderedDictionary<string, object?> b) =>
            a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out var other) && AreEqual(entry.Value, other, depth + 1)),
        (Undefined, Undefined) => true,
        _ when TemplateValue.Number(left) is { } a && TemplateValue.Number(right) is { } b => a == b,
        _ => ReferenceEquals(left, right),
    };

    public static int Compare(RenderContext context, int line, object? left, object? right)
    {
        if (left is string a && right is string b) return string.CompareOrdinal(a, b);
        if (TemplateValue.Number(left) is { } x && TemplateValue.Number(right) is { } y) return x.CompareTo(y);
        throw context.Fail(line, $"{TemplateValue.Describe(left)} is compared with {TemplateValue.Describe(right)}", "two numbers or two texts");
    }

    private static bool Contains(RenderContext context, int line, object? container, object? item)
    {
        switch (container)
        {
            case string text:
                return item is string part ? text.Contains(part, StringComparison.Ordinal) : throw context.Fail(line, $"{TemplateValue.Describe(item)} is looked for in a text", "a text");
            case OrderedDictionary<string, object?> map:
                return item is string key && map.ContainsKey(key);
            default:
                var items = TemplateAccess.Items(context, line, container);
                context.Charge(line, items.Count);
                return items.Any(other => AreEqual(item, other));
        }
    }
}
