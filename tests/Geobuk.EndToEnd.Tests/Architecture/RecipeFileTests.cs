using Geobuk.Recipes.Reading;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Architecture;

/// <summary>Every recipe that ships can be read; what it names inside the repository is there.</summary>
public sealed class RecipeFileTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(TestPaths.Repository("recipes"), "*.yaml").Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Recipe_ThatShips_IsValidAndNamedAfterItsFile(string file)
    {
        var recipe = RecipeReader.Load(TestPaths.Repository("recipes", file), checkPaths: false);

        Assert.Equal(Path.GetFileNameWithoutExtension(file), recipe.Name);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Recipe_ThatShips_NamesSamplesThatShip(string file)
    {
        var recipe = RecipeReader.Load(TestPaths.Repository("recipes", file), checkPaths: false);
        var samples = new[] { recipe.Base.Model, recipe.Evaluate?.Exam }.Concat(recipe.Corpus.Domain).Concat(recipe.Corpus.General)
            .OfType<string>().Where(path => path.StartsWith("samples/", StringComparison.Ordinal));

        Assert.All(samples, path => Assert.True(Path.Exists(TestPaths.Repository(path)), path));
    }

    [Fact]
    public void Recipes_ThatShip_AreAllSeen() => Assert.True(Directory.GetFiles(TestPaths.Repository("recipes"), "*.yaml").Length >= 3);
}
