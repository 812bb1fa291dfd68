using Geobuk.Recipes.Reading;

namespace Geobuk.Recipes.Tests.Reading;

public sealed class NearestWordTests
{
    [Theory]
    [InlineData("lerning_rate", "learning_rate")]
    [InlineData("setps", "steps")]
    [InlineData("Rank", "rank")]
    [InlineData("colour", null)]
    [InlineData("", null)]
    public void Find_Word_GivesTheNearestOrNone(string word, string? expected) =>
        Assert.Equal(expected, NearestWord.Find(word, ["learning_rate", "steps", "rank", "epochs"]));

    [Fact]
    public void Find_VeryLongWord_IsNotCompared() => Assert.Null(NearestWord.Find(new string('a', 100_000), [new string('a', 99_999)]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("정본", "정번", 1)]
    public void Distance_Pairs_CountsEdits(string a, string b, int expected) => Assert.Equal(expected, NearestWord.Distance(a, b));
}
