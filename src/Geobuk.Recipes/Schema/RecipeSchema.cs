using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Recipes.Reading;

namespace Geobuk.Recipes.Schema;

/// <summary>The recipe as JSON Schema (draft 2020-12), for completion and checks in editors.</summary>
public static class RecipeSchema
{
    /// <summary>The schema as indented JSON with a final line break.</summary>
    public static string Export()
    {
        var summaries = new SummaryTexts(typeof(Recipe).Assembly);
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "Geobuk recipe" };
        foreach (var (key, value) in Group(SectionDescription.Root, summaries).ToArray()) schema[key] = value?.DeepClone();
        return schema.ToJsonString(RecipeJson.Options) + "\n";
    }

    private static JsonObject Group(SectionDescription section, SummaryTexts summaries)
    {
        var defaults = JsonSerializer.SerializeToNode(Activator.CreateInstance(section.Type), section.Type, RecipeJson.Options)!.AsObject();
        var properties = new JsonObject();
        foreach (var key in section.Keys) properties[key.Name] = Key(key, defaults[key.Name], summaries);
        var group = new JsonObject
        {
            ["description"] = summaries.Of(section.Type),
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
        var required = section.Keys.Where(key => key.MustBeGiven).Select(key => (JsonNode)key.Name).ToArray();
        if (required.Length > 0) group["required"] = new JsonArray(required);
        return group;
    }

    private static JsonObject Key(KeyDescription key, JsonNode? standard, SummaryTexts summaries)
    {
        var schema = key.Kind switch
        {
            ValueKind.Section => Group(key.Section!, summaries),
            ValueKind.TextList => new JsonObject { ["type"] = "array", ["uniqueItems"] = true, ["items"] = Words(key) },
            ValueKind.TextMap => new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string", ["pattern"] = $"^(?:{key.Limits.Pattern})$" } },
            ValueKind.Text => Words(key),
            ValueKind.Bool => new JsonObject { ["type"] = "boolean" },
            _ => Range(key),
        };
        schema["description"] = summaries.Of(key.Property) + (key.Limits.Advice.Length == 0 ? "" : $" {key.Limits.Advice}");
        if (key.Limits.MinimumItems > 0) schema["minItems"] = key.Limits.MinimumItems;
        if (key.Limits.Pattern.Length > 0 && key.Kind == ValueKind.Text) schema["pattern"] = $"^(?:{key.Limits.Pattern})$";
        if (key.MayBeNull) schema["type"] = new JsonArray(schema["type"]!.DeepClone(), "null");
        if (!key.MustBeGiven && key.Kind != ValueKind.Section) schema["default"] = standard?.DeepClone();
        return schema;
    }

    private static JsonObject Words(KeyDescription key)
    {
        var words = new JsonObject { ["type"] = "string" };
        if (key.Choices.Count > 0) words["enum"] = new JsonArray([.. key.Choices.Select(choice => (JsonNode)choice)]);
        return words;
    }

    private static JsonObject Range(KeyDescription key)
    {
        var range = new JsonObject { ["type"] = key.Kind == ValueKind.Whole ? "integer" : "number" };
        if (double.IsFinite(key.Limits.Minimum)) range[key.Limits.AboveMinimum ? "exclusiveMinimum" : "minimum"] = key.Limits.Minimum;
        if (double.IsFinite(key.Limits.Maximum)) range[key.Limits.BelowMaximum ? "exclusiveMaximum" : "maximum"] = key.Limits.Maximum;
        return range;
    }
}
