using System.Text.Json;

namespace Geobuk.Server.Api;

/// <summary>
/// Decides on the fields of a request that nothing here reads. A field that only informs passes; one that would change the
/// answer passes only with the value that changes nothing; an unknown one is refused, because it may be a slip of the pen.
/// </summary>
internal static class OtherFields
{
    private static readonly HashSet<string> Harmless =
    [
        "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
        "prediction",
    ];

    private static readonly Dictionary<string, Func<JsonElement, bool>> Neutral = new()
    {
        ["functions"] = IsEmptyArray,
        ["function_call"] = value => IsText(value, "none") || IsText(value, "auto"),
        ["best_of"] = value => IsNumber(value, 1),
        ["suffix"] = value => IsText(value, ""),
        ["modalities"] = value => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => IsText(item, "text")),
        ["audio"] = _ => false,
        // No model here is told how much to say.
        ["verbosity"] = value => IsText(value, "low") || IsText(value, "medium") || IsText(value, "high"),
        ["web_search_options"] = _ => false,
    };

    /// <summary>Passes or refuses every other field of a request.</summary>
    /// <param name="others">The fields no property took.</param>
    /// <param name="known">Names the request does take, for a hint on a mistyped one.</param>
    /// <exception cref="ApiException">The first field that cannot pass.</exception>
    public static void Check(Dictionary<string, JsonElement>? others, IReadOnlyList<string> known)
    {
        foreach (var (name, value) in others ?? [])
        {
            if (value.ValueKind == JsonValueKind.Null || Harmless.Contains(name)) continue;
            if (!Neutral.TryGetValue(name, out var isNeutral)) throw Unknown(name, known);
            if (!isNeutral(value)) throw ApiException.Unsupported(name, $"'{name}' is not supported yet. Leave it out.");
        }
    }

    private static ApiException Unknown(string name, IReadOnlyList<string> known)
    {
        var nearest = known.Concat(Neutral.Keys).MinBy(candidate => Distance(name, candidate))!;
        var hint = Distance(name, nearest) <= Math.Max(2, name.Length / 3) ? $" Did you mean '{nearest}'?" : "";
        return ApiException.Invalid(name, $"'{name}' is not a field of this request.{hint}", "unknown_parameter");
    }

    private static bool IsEmptyArray(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    private static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var found) && found == number;

    /// <summary>Edits between two words (Levenshtein 1966), one row at a time.</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > 64) return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
