using System.Text.Json;
using System.Text.RegularExpressions;
using Geobuk.Recipes;
using Geobuk.Recipes.Reading;

namespace Geobuk.Compute.Service;

/// <summary>JSON that people and strangers write: unknown keys, keys given twice, nulls and values of another kind are refused, and told in words.</summary>
public static partial class StrictJson
{
    /// <summary>As recipes are read, and nothing twice.</summary>
    public static JsonSerializerOptions Options { get; } = new(RecipeJson.Options) { AllowDuplicateProperties = false, RespectNullableAnnotations = true };

    /// <summary>What is wrong, as <c>place: what was found; what was expected</c>.</summary>
    public static string Explain(JsonException fault)
    {
        var place = fault.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "the whole";
        if (Unmapped().Match(fault.Message) is { Success: true } unmapped)
        {
            var keys = KeysOf(unmapped.Groups[2].Value);
            var nearest = NearestWord.Find(unmapped.Groups[1].Value, keys);
            return $"{unmapped.Groups[1].Value}: unknown key; expected one of {string.Join(", ", keys)}.{(nearest is null ? "" : $" Did you mean {nearest}?")}";
        }
        if (Twice().Match(fault.Message) is { Success: true } twice) return $"{twice.Groups[1].Value}: given twice; expected once.";
        if (Missing().Match(fault.Message) is { Success: true } missing) return $"{(place == "the whole" ? "" : place + ": ")}{missing.Groups[1].Value.Replace("'", "", StringComparison.Ordinal)}: missing; expected a value.";
        if (fault.Message.Contains("allow setting null", StringComparison.Ordinal) || fault.Message.Contains("allow null", StringComparison.Ordinal)) return $"{place}: null; expected a value.";
        if (Converted().Match(fault.Message) is { Success: true } converted) return $"{place}: another kind of value; expected {Kind(converted.Groups[1].Value)}.";
        return $"not JSON: {fault.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0]}";
    }

    private static Type? TypeOf(string name) => typeof(StrictJson).Assembly.GetType(name) ?? Type.GetType(name);

    private static List<string> KeysOf(string type) => TypeOf(type) is { } known ? [.. Options.GetTypeInfo(known).Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null).Select(property => property.Name)] : [];

    private static string Kind(string type) => type.Replace("System.Nullable`1[", "", StringComparison.Ordinal).TrimEnd(']') switch
    {
        "System.Int32" => $"a whole number up to {int.MaxValue}",
        "System.Int64" => "a whole number",
        "System.Double" => "a number",
        "System.Boolean" => "true or false",
        "System.String" => "a text",
        var name when TypeOf(name) is { IsEnum: true } words => $"one of {string.Join(", ", Enum.GetNames(words)).ToLowerInvariant()}",
        var name when name.Contains("List`1", StringComparison.Ordinal) => "a list",
        _ => "an object",
    };

    [GeneratedRegex(@"JSON property '(.*)' could not be mapped .* type '([^']+)'")]
    private static partial Regex Unmapped();

    [GeneratedRegex("uplicate property '([^']*)'")]
    private static partial Regex Twice();

    [GeneratedRegex("missing required properties[^:]*: (.*?)\\.?$")]
    private static partial Regex Missing();

    [GeneratedRegex(@"could not be converted to (\S+?)\.?( Path|$)")]
    private static partial Regex Converted();
}
