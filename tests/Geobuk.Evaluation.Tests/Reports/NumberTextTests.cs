using Geobuk.Evaluation.Reports;

namespace Geobuk.Evaluation.Tests.Reports;

public class NumberTextTests
{
    [Fact]
    public void Percent_Points_Change_UseATrueMinusAndNoBreak()
    {
        Assert.Equal("71.2\u00A0%", NumberText.Percent(0.7123));
        Assert.Equal("\u22120.6\u00A0%p", NumberText.Points(-0.0061));
        Assert.Equal("0.0\u00A0%p", NumberText.Points(-0.0001));
        Assert.Equal("+4.1\u00A0%", NumberText.Change(1.041));
    }

    [Theory]
    [InlineData(999, "999\u00A0B")]
    [InlineData(4_210_688, "4.21\u00A0MB")]
    [InlineData(13_021_184, "13.0\u00A0MB")]
    [InlineData(144_000_000_000, "144\u00A0GB")]
    public void Bytes_AnySize_UsesDecimalUnits(long bytes, string expected) => Assert.Equal(expected, NumberText.Bytes(bytes));

    [Theory]
    [InlineData(0.06, "0.06초")]
    [InlineData(48.3, "48초")]
    [InlineData(201.7, "3분 21초")]
    [InlineData(7384, "2시간 3분")]
    public void Duration_Seconds_ReadsInKorean(double seconds, string expected) => Assert.Equal(expected, NumberText.Duration(seconds));
}
