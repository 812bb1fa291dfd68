using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Geobuk.Recipes;

/// <summary>JSON of recipes and their parts, and the hashes that identify them.</summary>
public static class RecipeJson
{
    /// <summary>Snake-case keys and words, Hangul as it is, unknown keys refused.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        WriteIndented = true,
    };

    private static readonly JsonSerializerOptions Compact = new(Options) { WriteIndented = false };

    /// <summary>One line, keys in ordinal order at every level: equal values give equal text.</summary>
    public static string Canonical(object? value) => Sorted(JsonSerializer.SerializeToNode(value, Options))?.ToJsonString(Compact) ?? "null";

    /// <summary>SHA-256 of the canonical JSON, in lower-case hexadecimal digits.</summary>
    public static string Fingerprint(object? value) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Canonical(value))));

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject keys => new JsonObject(keys.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        null => null,
        _ => node.DeepClone(),
    };
}
