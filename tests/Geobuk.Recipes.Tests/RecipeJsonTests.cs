using System.Text.Json;
using Geobuk.Recipes.Reading;

namespace Geobuk.Recipes.Tests;

public sealed class RecipeJsonTests
{
    private const string Yaml = "name: 한글 이름\nbase: {model: m}\ncorpus: {domain: [d]}\ntrain: {method: lora, learning_rate: 3e-4}\n";

    [Fact]
    public void Canonical_Recipe_SortsKeysAndKeepsHangul()
    {
        var json = RecipeJson.Canonical(Recipe());

        Assert.StartsWith("{\"base\":{\"architecture\":null,\"model\":\"m\"", json);
        Assert.Contains("\"name\":\"한글-이름\"", json);
        Assert.Contains("\"learning_rate\":0.0003", json);
        Assert.Contains("\"method\":\"lora\"", json);
    }

    [Fact]
    public void Options_RoundTrip_GivesTheSameFingerprint()
    {
        var recipe = Recipe();

        var back = JsonSerializer.Deserialize<Recipe>(JsonSerializer.Serialize(recipe, RecipeJson.Options), RecipeJson.Options);

        Assert.Equal(RecipeJson.Fingerprint(recipe), RecipeJson.Fingerprint(back));
    }

    [Fact]
    public void Fingerprint_SameValuesWrittenDifferently_IsEqual()
    {
        var other = RecipeReader.Parse("corpus:\n  domain:\n    - d\ntrain:\n  learning_rate: 0.00030\n  method: lora\nbase:\n  model: 'm'\nname: 한글-이름\nseed: 17\n", "b.yaml", checkPaths: false);

        Assert.Equal(RecipeJson.Fingerprint(Recipe()), RecipeJson.Fingerprint(other));
    }

    [Fact]
    public void Fingerprint_AnyChange_Differs()
    {
        var recipe = Recipe();
        var variants = new object[]
        {
            recipe, recipe with { Seed = 18 }, recipe with { Train = null }, recipe with { Train = recipe.Train! with { Beta2 = 0.96 } },
            recipe with { Corpus = recipe.Corpus with { Domain = ["d", "e"] } }, recipe.Train!,
        };

        Assert.Equal(variants.Length, variants.Select(RecipeJson.Fingerprint).Distinct().Count());
        Assert.Matches("^[0-9a-f]{64}$", RecipeJson.Fingerprint(recipe));
    }

    private static Recipe Recipe() => RecipeReader.Parse(Yaml.Replace("한글 이름", "한글-이름", StringComparison.Ordinal), "a.yaml", checkPaths: false);
}
