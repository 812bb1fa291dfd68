namespace Geobuk.Models.ChatTemplates;

/// <summary>Equality, order and membership, with Python's meaning.</summary>
internal static class Comparisons
{
    private const int DeepestValue = 100;

    public static bool Holds(RenderContext context, int line, string comparison, object? left, object? right) => comparison switch
    {
        "==" => AreEqual(context, line, left, right),
        "!=" => !AreEqual(context, line, left, right),
        "in" => Contains(context, line, right, left),
        "not in" => !Contains(context, line, right, left),
        "<" => Compare(context, line, left, right) < 0,
        ">" => Compare(context, line, left, right) > 0,
        "<=" => Compare(context, line, left, right) <= 0,
        _ => Compare(context, line, left, right) >= 0,
    };

    public static bool AreEqual(RenderContext context, int line, object? left, object? right, int depth = 0)
    {
        context.Step(line);
        if (depth > DeepestValue) throw context.Fail(line, $"values nested deeper than {DeepestValue} are compared", "flatter ones");
        switch (left, right)
        {
            case (string a, string b):
                if (a.Length == b.Length) context.ChargeComparison(line, a.Length);
                return a == b;
            case (List<object?> a, List<object?> b):
                return a.Count == b.Count && a.Zip(b).All(pair => AreEqual(context, line, pair.First, pair.Second, depth + 1));
            case (OrderedDictionary<string, object?> a, OrderedDictionary<string, object?> b):
                return a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out var other) && AreEqual(context, line, entry.Value, other, depth + 1));
            case (Undefined, Undefined):
                return true;
            case (long a, long b):
                return a == b;
            default:
                return TemplateValue.Number(left) is { } x && TemplateValue.Number(right) is { } y ? x == y : ReferenceEquals(left, right);
        }
    }

    /// <summary>The order of two values.</summary>
    /// <exception cref="UserInputException">They are neither two numbers nor two texts.</exception>
    public static int Compare(RenderContext context, int line, object? left, object? right)
    {
        if (left is string a && right is string b) context.ChargeComparison(line, Math.Min(a.Length, b.Length));
        else if (TemplateValue.Number(left) is null || TemplateValue.Number(right) is null)
            throw context.Fail(line, $"{TemplateValue.Describe(left)} is compared with {TemplateValue.Describe(right)}", "two numbers or two texts");
        return Order(left, right);
    }

    /// <summary>The order of two numbers or two texts that <see cref="Compare"/> took.</summary>
    public static int Order(object? left, object? right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        _ => TemplateValue.Number(left).GetValueOrDefault().CompareTo(TemplateValue.Number(right).GetValueOrDefault()),
    };

    private static bool Contains(RenderContext context, int line, object? container, object? item)
    {
        switch (container)
        {
            case string text:
                if (item is not string part) throw context.Fail(line, $"{TemplateValue.Describe(item)} is looked for in a text", "a text");
                context.ChargeSearch(line, text, part);
                return text.Contains(part, StringComparison.Ordinal);
            case OrderedDictionary<string, object?> map:
                return item is string key && map.ContainsKey(key);
            default:
                return TemplateAccess.Items(context, line, container).Any(other => AreEqual(context, line, item, other));
        }
    }
}
