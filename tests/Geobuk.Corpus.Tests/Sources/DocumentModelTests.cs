using Geobuk.Corpus.Normalization;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Sources;

public sealed class DocumentModelTests
{
    [Fact]
    public void Lay_Blocks_LearnWhereTheyLie()
    {
        NormalizationCounts counts = default;
        List<Block> blocks =
        [
            new(BlockKind.Title, 1, "a", "제목 "),
            new(BlockKind.Text, 0, "a/1", "본문이다.\r\n둘째 줄"),
            new(BlockKind.Text, 0, "a/2", " \n "),
            new(BlockKind.Text, 0, "a/3", "쪽머리") { Zone = BlockZone.Header, Page = 2 },
            new(BlockKind.Text, 0, "a/4", "머리말") { Zone = BlockZone.Header },
        ];

        var text = DocumentText.Lay(blocks, dense: true, ref counts);

        Assert.Equal("제목\n본문이다.\n둘째 줄\n머리말", text);
        Assert.Equal([0, 3, -1, 14], blocks.Select(block => block.Start));
        Assert.All(blocks.Where(block => block.Start >= 0), block => Assert.Equal(block.Text, text.Substring(block.Start, block.Text.Length)));
        Assert.Equal(1, counts.LineEndings);
    }

    [Fact]
    public void ToText_MergedAndLongCells_AreNeverGlued()
    {
        var table = new Table(3, 2,
        [
            new(0, 0, 1, 2, "민원"), new(1, 0, 2, 1, "수수료\n(원)"), new(1, 1, 1, 1, "400"), new(2, 1, 1, 1, new string('가', 301)),
        ]);

        Assert.Equal($"민원\n수수료 (원)\t400\n{new string('가', 301)}", table.ToText());
    }

    [Theory]
    [InlineData("20260106", 2026, 1, 6)]
    [InlineData("2026-01-06", 2026, 1, 6)]
    [InlineData("2026. 1. 6.", 2026, 1, 6)]
    public void Parse_EveryWayToWriteADate_IsRead(string text, int year, int month, int day) => Assert.Equal(new DateOnly(year, month, day), DocumentDates.Parse(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00000000")]
    [InlineData("20260230")]
    [InlineData("어제")]
    public void Parse_NoDate_IsNull(string? text) => Assert.Null(DocumentDates.Parse(text));
}
