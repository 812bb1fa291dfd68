using System.Text.Json.Nodes;
using Geobuk.Recipes.Reading;
using Geobuk.Recipes.Schema;
using Geobuk.Tests;

namespace Geobuk.Recipes.Tests.Schema;

public sealed class RecipeSchemaTests
{
    [Fact]
    public void Export_CommittedFile_IsEqual() =>
        Assert.Equal(File.ReadAllText(TestPaths.Repository("recipes", "recipe.schema.json")), RecipeSchema.Export());

    [Fact]
    public void Export_Rank_HasRangeDefaultAndDescription()
    {
        var rank = JsonNode.Parse(RecipeSchema.Export())!["properties"]!["train"]!["properties"]!["lora"]!["properties"]!["rank"]!;

        Assert.Equal("integer", (string?)rank["type"]);
        Assert.Equal(1, (double)rank["minimum"]!);
        Assert.Equal(1024, (double)rank["maximum"]!);
        Assert.Equal(16, (int)rank["default"]!);
        Assert.Equal("Rank of the update. 8 to 64 is usual.", (string?)rank["description"]);
    }

    [Fact]
    public void Export_EveryKey_HasADescription() => AssertDescribed(JsonNode.Parse(RecipeSchema.Export())!.AsObject(), "recipe");

    [Fact]
    public void EveryProperty_OfEverySection_IsAKey()
    {
        AssertKeys(SectionDescription.Root);

        static void AssertKeys(SectionDescription section)
        {
            Assert.Equal(section.Type.GetProperties().Select(property => property.Name), section.Keys.Select(key => key.Property.Name));
            foreach (var key in section.Keys)
                if (key.Section is { } below) AssertKeys(below);
        }
    }

    private static void AssertDescribed(JsonObject group, string path)
    {
        Assert.False(string.IsNullOrWhiteSpace((string?)group["description"]), $"{path} has no description");
        foreach (var (name, key) in group["properties"]?.AsObject() ?? []) AssertDescribed(key!.AsObject(), $"{path}.{name}");
    }
}
