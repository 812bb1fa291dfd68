using Geobuk.Corpus.Sources.Hangul;

namespace Geobuk.Corpus.Tests.Sources.Hangul;

public sealed class NumberTextTests
{
    [Theory]
    [InlineData(1, nameof(NumberFormat.Digit), "1")]
    [InlineData(20, nameof(NumberFormat.CircledDigit), "⑳")]
    [InlineData(21, nameof(NumberFormat.CircledDigit), "㉑")]
    [InlineData(36, nameof(NumberFormat.CircledDigit), "㊱")]
    [InlineData(51, nameof(NumberFormat.CircledDigit), "51")]
    [InlineData(14, nameof(NumberFormat.HangulSyllable), "하")]
    [InlineData(15, nameof(NumberFormat.HangulSyllable), "거")]
    [InlineData(1994, nameof(NumberFormat.RomanCapital), "MCMXCIV")]
    [InlineData(4, nameof(NumberFormat.RomanSmall), "iv")]
    [InlineData(27, nameof(NumberFormat.LatinCapital), "AA")]
    [InlineData(14, nameof(NumberFormat.CircledHangulSyllable), "㉻")]
    [InlineData(3, nameof(NumberFormat.HangulJamo), "ㄷ")]
    [InlineData(21, nameof(NumberFormat.HangulPhonetic), "이십일")]
    [InlineData(110, nameof(NumberFormat.Ideograph), "百十")]
    [InlineData(10, nameof(NumberFormat.DecagonHanja), "癸")]
    [InlineData(0, nameof(NumberFormat.HangulSyllable), "0")]
    public void Of_Number_IsWrittenInTheFormat(int number, string format, string expected) => Assert.Equal(expected, NumberText.Of(number, Enum.Parse<NumberFormat>(format)));

    [Fact]
    public void Next_DeeperLevels_BeginAnewAndFormsNameOtherLevels()
    {
        var levels = new NumberingLevel[] { new("제^1장", NumberFormat.Digit, 1), new("^1.^2", NumberFormat.Digit, 3), new("^n)", NumberFormat.HangulSyllable, 1), new("^N", NumberFormat.Digit, 1) };
        var counter = new NumberingCounter(new Dictionary<int, NumberingLevel[]> { [7] = levels });

        string?[] expected = ["제1장", "1.3", "1.4", "1.4.가)", "제2장", "2.3", "2.3.가.1."];
        string?[] numbers = [counter.Next(7, 0), counter.Next(7, 1), counter.Next(7, 1), counter.Next(7, 2), counter.Next(7, 0), counter.Next(7, 1), counter.Next(7, 3)];

        Assert.Equal(expected, numbers);
        Assert.Null(counter.Next(8, 0));
        Assert.Null(counter.Next(7, 4));
    }

    [Theory]
    [InlineData("\uF53A글", "\u1112\u119E\u11AB글")]
    [InlineData("\uE0BC", "\u115F\u1161\u11AE")]
    [InlineData("\uF06C 항목", "● 항목")]
    [InlineData("그대로", "그대로")]
    public void Map_PrivateUse_BecomesUnicode(string text, string expected) => Assert.Equal(expected, OldHangul.Map(text));
}
