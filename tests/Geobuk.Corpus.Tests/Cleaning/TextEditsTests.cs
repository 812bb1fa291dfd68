using Geobuk.Corpus.Cleaning;

namespace Geobuk.Corpus.Tests.Cleaning;

public class TextEditsTests
{
    [Fact]
    public void Apply_CutsAndReplacements_LeavesTheRestAndMapsPlaces()
    {
        var edits = new TextEdits([new TextEdit(6, 2, "[전화]"), new TextEdit(0, 2, "")]);

        Assert.Equal("다라마바[전화]자차", edits.Apply("가나다라마바사아자차"));
        Assert.Equal(0, edits.Map(2));
        Assert.Equal(4, edits.Map(6));
        Assert.Equal(8, edits.Map(8));
    }

    [Theory]
    [InlineData(2, 4, 4, 1, "가나사아")]
    [InlineData(2, 3, 4, 2, "가나사아")]
    public void Apply_ReplacementInOrAcrossACut_GoesWithIt(int start, int length, int otherStart, int otherLength, string expected) =>
        Assert.Equal(expected, new TextEdits([new TextEdit(otherStart, otherLength, "[이름]"), new TextEdit(start, length, "")]).Apply("가나다라마바사아"));
}
