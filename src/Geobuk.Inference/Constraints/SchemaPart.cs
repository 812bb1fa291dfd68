using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Inference.Constraints;

/// <summary>A schema somewhere in a document.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Path">Its place, as a JSON pointer; one schema has one.</param>
internal sealed record SchemaPart(JsonElement Schema, string Path)
{
    /// <summary>The applicators through which it was reached at the same place of the text, itself included.</summary>
    public SchemaChain? Chain { get; init; }

    /// <summary>It was made of what must not hold: what it names is not thereby evaluated.</summary>
    public bool IsNegative { get; init; }

    /// <summary>A schema that no text fits.</summary>
    public bool IsNever => Schema.ValueKind == JsonValueKind.False;

    /// <summary>What is in it.</summary>
    public SchemaPart At(JsonElement inner, string name) => new(inner, $"{Path}/{Escaped(name)}") { IsNegative = IsNegative };

    /// <summary>A keyword's value; null where it does not have it.</summary>
    public JsonElement? Find(string keyword) => Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out var value) ? value : null;

    /// <summary>The schema in a keyword's value; null where it does not have it.</summary>
    public SchemaPart? Under(string keyword) => Find(keyword) is { } inner ? At(inner, keyword) : null;

    /// <summary>A schema that follows from what this one says.</summary>
    public SchemaPart Derived(string name, JsonNode schema, bool isNegative = true) => new(JsonDocument.Parse(schema.ToJsonString()).RootElement, $"{Path}/{name}~") { IsNegative = isNegative };

    /// <summary>A name as a pointer has it.</summary>
    public static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
