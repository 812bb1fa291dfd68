using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// What does not fit a schema, as ways each of which says so: whatever fits one of them does not fit the schema. Of a schema that says
/// several things, those that have no such way are left out; one that has none at all is refused.
/// </summary>
internal sealed class SchemaNegation(SchemaDocument document)
{
    private const int MostChoices = 100;
    private static readonly string[] s_types = ["object", "array", "string", "number", "boolean", "null"];

    /// <summary>The ways not to fit a schema.</summary>
    /// <exception cref="UserInputException">None can be said.</exception>
    public IReadOnlyList<SchemaPart[]> Of(SchemaPart part)
    {
        if (part.Schema.ValueKind == JsonValueKind.False) return [[]];
        if (part.Schema.ValueKind != JsonValueKind.Object) return [];
        var (ways, left) = (new List<SchemaPart[]>(), (string?)null);
        foreach (var keyword in part.Schema.EnumerateObject().Where(property => SchemaKeywords.IsKept(property.Name)))
        {
            var before = ways.Count;
            switch (keyword.Name)
            {
                case "type":
                    var types = keyword.Value.ValueKind == JsonValueKind.Array ? keyword.Value.EnumerateArray().Select(type => type.GetString()).ToList() : [keyword.Value.GetString()];
                    JsonArray others = [.. s_types.Where(type => !types.Contains(type) && !(type == "number" && types.Contains("integer"))).Select(type => JsonValue.Create(type))];
                    if (others.Count > 0) Way(new JsonObject { ["type"] = others });
                    if (types.Contains("integer") && !types.Contains("number")) Way(new JsonObject { ["type"] = "number", ["not"] = new JsonObject { ["multipleOf"] = 1 } });
                    break;
                case "required":
                    foreach (var name in keyword.Value.EnumerateArray()) Way(new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { [name.GetString()!] = false } });
                    break;
                case "properties":
                    foreach (var property in keyword.Value.EnumerateObject().Where(property => IsSaying(property.Value)))
                        Way(new JsonObject { ["type"] = "object", ["required"] = new JsonArray(property.Name), ["properties"] = new JsonObject { [property.Name] = new JsonObject { ["not"] = Node(property.Value) } } });
                    break;
                case "enum":
                    Way(new JsonObject { ["not"] = new JsonObject { ["enum"] = Node(keyword.Value) } });
                    break;
                case "const":
                    Way(new JsonObject { ["not"] = new JsonObject { ["enum"] = new JsonArray(Node(keyword.Value)) } });
                    break;
                case "pattern" or "multipleOf":
                    Way(new JsonObject { ["type"] = keyword.Name == "pattern" ? "string" : "number", ["not"] = new JsonObject { [keyword.Name] = Node(keyword.Value) } });
                    break;
                case "minLength" or "minItems" or "minProperties" when keyword.Value.TryGetInt32(out var least):
                    if (least > 0) Way(new JsonObject { ["type"] = TypeOf(keyword.Name), [$"max{keyword.Name[3..]}"] = least - 1 });
                    break;
                case "maxLength" or "maxItems" or "maxProperties" when keyword.Value.TryGetInt32(out var most) && most < int.MaxValue:
                    Way(new JsonObject { ["type"] = TypeOf(keyword.Name), [$"min{keyword.Name[3..]}"] = most + 1 });
                    break;
                case "minimum" or "maximum":
                    Way(new JsonObject { ["type"] = "number", [keyword.Name == "minimum" ? "exclusiveMaximum" : "exclusiveMinimum"] = Node(keyword.Value) });
                    break;
                case "exclusiveMinimum" or "exclusiveMaximum" when keyword.Value.ValueKind == JsonValueKind.Number:
                    Way(new JsonObject { ["type"] = "number", [keyword.Name == "exclusiveMinimum" ? "maximum" : "minimum"] = Node(keyword.Value) });
                    break;
                case "contains" when part.Find("minContains") is null && part.Find("maxContains") is null:
                    Way(new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["not"] = Node(keyword.Value) } });
                    break;
                case "not":
                    ways.Add([part.At(keyword.Value, "not")]);
                    break;
                case "$ref":
                    var target = document.Resolve(part, "$ref");
                    Way(new JsonObject { ["not"] = Node(target.Schema) });
                    break;
                case "anyOf":
                    var i = 0;
                    ways.Add([.. keyword.Value.EnumerateArray().Select(choice => part.Derived($"anyOf/{i++}", new JsonObject { ["not"] = Node(choice) }))]);
                    break;
                case "allOf":
                    foreach (var one in keyword.Value.EnumerateArray()) Way(new JsonObject { ["not"] = Node(one) });
                    break;
                default:
                    left = keyword.Name;
                    break;
            }

            void Way(JsonObject schema) => ways.Add([part.Derived($"{keyword.Name}/{ways.Count - before}", schema)]);
        }
        if (ways.Count == 0 && left is not null) throw document.Wrong(part.Path, $"must not fit, and has \"{left}\" alone", "a keyword whose opposite can be generated, such as \"const\", \"required\" or \"type\"");
        return ways;
    }

    /// <summary>The ways to fit exactly one of some schemas.</summary>
    public IReadOnlyList<SchemaPart[]> Exactly(List<SchemaPart> choices) => choices.Count > MostChoices
        ? throw document.Wrong(choices[0].Path, $"is one of {choices.Count}", $"at most {MostChoices} of which one must fit alone; \"anyOf\" may have more")
        : [.. choices.Select((choice, i) => (SchemaPart[])[choice, .. choices.Where((other, j) => j != i && !AreApart(choice, other)).Select(other => other.Derived("oneOf", new JsonObject { ["not"] = Node(other.Schema) }))])];

    /// <summary>What a schema's "not" leaves out where that is literals, an expression or a multiple alone, which are kept where they are.</summary>
    public static SchemaPart? Excluded(SchemaPart part) =>
        part.Under("not") is { } refused && refused.Schema.ValueKind == JsonValueKind.Object
        && refused.Schema.EnumerateObject().Where(property => SchemaKeywords.IsKept(property.Name)).ToList() is [{ Name: "enum" or "const" or "pattern" or "multipleOf" }] ? refused : null;

    /// <summary>A copy to build with.</summary>
    public static JsonNode? Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Object => JsonObject.Create(value.Clone()),
        JsonValueKind.Array => JsonArray.Create(value.Clone()),
        _ => JsonValue.Create(value.Clone()),
    };

    private static bool IsSaying(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.False || (schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().Any(property => SchemaKeywords.IsKept(property.Name)));

    private static string TypeOf(string keyword) => keyword[3..] switch { "Length" => "string", "Items" => "array", _ => "object" };

    /// <summary>Whether no value can fit both: other types, other literals, or a property that tells.</summary>
    private bool AreApart(SchemaPart left, SchemaPart right)
    {
        (left, right) = (Followed(left), Followed(right));
        if (AreApart(left.Schema, right.Schema)) return true;
        return Tells(left, right) || Tells(right, left);

        // Its required property cannot be in the other, or not with that value.
        bool Tells(SchemaPart one, SchemaPart other)
        {
            if (!IsObject(one) || !IsObject(other)) return false;
            var (own, others) = (one.Under("properties"), other.Under("properties"));
            foreach (var name in one.Find("required") is { ValueKind: JsonValueKind.Array } required ? required.EnumerateArray().Select(name => name.ToString()) : [])
            {
                if (others?.Find(name) is null)
                {
                    if (other.Find("additionalProperties") is { ValueKind: JsonValueKind.False } && other.Find("patternProperties") is null) return true;
                }
                else if (own?.Find(name) is { } mine && AreApart(Followed(own.At(mine, name)).Schema, Followed(others.Under(name)!).Schema)) return true;
            }
            return false;
        }
    }

    private static bool IsObject(SchemaPart part) => part.Find("type") is { ValueKind: JsonValueKind.String } type && type.ValueEquals("object");

    private static bool AreApart(JsonElement left, JsonElement right)
    {
        if (left.ValueKind == JsonValueKind.False || right.ValueKind == JsonValueKind.False) return true;
        if (Types(left) is { } ours && Types(right) is { } theirs && !ours.Overlaps(theirs)) return true;
        return Literals(left) is { } some && Literals(right) is { } others && !some.Select(JsonText.Literal).Intersect(others.Select(JsonText.Literal)).Any() && !(some.Concat(others).Any(value => value.ValueKind is not JsonValueKind.String));
    }

    private SchemaPart Followed(SchemaPart part)
    {
        for (var i = 0; i < 10 && part.Find("$ref") is not null && part.Schema.EnumerateObject().Count(property => SchemaKeywords.IsKept(property.Name)) == 1; i++) part = document.Resolve(part, "$ref");
        return part;
    }

    private static HashSet<string>? Types(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || schema.TryGetProperty("nullable", out _)) return null;
        if (!schema.TryGetProperty("type", out var type)) return Literals(schema)?.Select(JsonText.TypeOf).ToHashSet();
        // An integer is a number.
        return (type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : (IEnumerable<JsonElement>)[type]).Select(name => name.ToString() is "integer" ? "number" : name.ToString()).ToHashSet();
    }

    private static List<JsonElement>? Literals(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object) return null;
        if (schema.TryGetProperty("const", out var constant)) return [constant];
        if (schema.TryGetProperty("enum", out var values)) return values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : null;
        // Some write a literal as a pattern.
        if (!(schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("string")) || !schema.TryGetProperty("pattern", out var pattern) || pattern.ToString() is not ['^', .. var text, '$'] || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ' ')) return null;
        return [JsonDocument.Parse(JsonText.Literal(text)).RootElement];
    }
}
