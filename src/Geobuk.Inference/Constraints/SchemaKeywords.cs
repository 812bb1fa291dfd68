namespace Geobuk.Inference.Constraints;

/// <summary>
/// The keywords that say what a text must be (JSON Schema 2020-12 and what earlier drafts and OpenAPI 3.0 had), all of which are kept or
/// refused. Others only inform, as the standard has it; one that is nearly a keyword was meant to be it.
/// </summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> s_kept =
    [
        "type", "nullable", "enum", "const", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$ref", "$dynamicRef", "$recursiveRef",
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties",
        "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties", "items", "prefixItems", "additionalItems", "minItems",
        "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems", "pattern", "minLength", "maxLength", "format",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    ];

    private static readonly Dictionary<string, string> s_formerly = new() { ["divisibleBy"] = "multipleOf", ["disallow"] = "not", ["extends"] = "allOf", ["min"] = "minimum", ["max"] = "maximum", ["ref"] = "$ref", ["unique"] = "uniqueItems" };

    /// <summary>The keywords of each type, by which a schema without "type" is understood.</summary>
    public static IReadOnlyDictionary<string, string[]> OfTypes { get; } = new Dictionary<string, string[]>
    {
        ["object"] = ["properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties"],
        ["array"] = ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"],
        ["string"] = ["pattern", "minLength", "maxLength", "format"],
        ["number"] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
    };

    /// <summary>Whether a keyword says what a text must be.</summary>
    public static bool IsKept(string name) => s_kept.Contains(name);

    /// <summary>The keyword that a name was meant to be; null where it is one, or only informs.</summary>
    public static string? MeantBy(string name) =>
        s_kept.Contains(name) || name.StartsWith("x-", StringComparison.Ordinal) ? null : s_formerly.GetValueOrDefault(name) ?? s_kept.FirstOrDefault(keyword => IsNear(name, keyword));

    private static bool IsNear(string name, string keyword)
    {
        if (string.Equals(name, keyword, StringComparison.OrdinalIgnoreCase)) return true;
        if (name.Length < 5 || keyword.Length < 5 || Math.Abs(name.Length - keyword.Length) > 1) return false;
        // One letter more, less or other, or two exchanged.
        var start = 0;
        while (start < Math.Min(name.Length, keyword.Length) && name[start] == keyword[start]) start++;
        var left = name.AsSpan(start);
        var right = keyword.AsSpan(start);
        if (left.Length > right.Length) return left[1..].SequenceEqual(right);
        if (left.Length < right.Length) return left.SequenceEqual(right[1..]);
        return left[1..].SequenceEqual(right[1..]) || (left.Length > 1 && left[0] == right[1] && left[1] == right[0] && left[2..].SequenceEqual(right[2..]));
    }
}
