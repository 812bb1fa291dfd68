using Geobuk.Evaluation.Reports;
using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Tests.Reports;

public class VerdictsTests
{
    [Theory]
    [InlineData(-0.020, 0.010, "동등")]
    [InlineData(-0.050, 0.010, "판단 보류")]
    [InlineData(-0.080, -0.040, "손실 큼")]
    public void ExamKept_Interval_DecidesByItsWholeWidth(double low, double high, string word) =>
        Assert.Equal(word, Verdicts.ExamKept(new DifferenceInterval((low + high) / 2, low, high)).Word);

    [Theory]
    [InlineData(1.02, 1.09, "유지됨")]
    [InlineData(1.05, 1.15, "판단 보류")]
    [InlineData(1.12, 1.20, "잊음")]
    public void Kept_GeneralRatio_AllowsATenth(double low, double high, string word) =>
        Assert.Equal(word, Verdicts.Kept(new DifferenceInterval((low + high) / 2, low, high)).Word);

    [Theory]
    [InlineData(0.4, 0.9, "좋아짐")]
    [InlineData(0.9, 1.1, "차이 불분명")]
    [InlineData(1.1, 1.2, "나빠짐")]
    public void Learnt_DomainRatio_NeedsTheIntervalBelowOne(double low, double high, string word) =>
        Assert.Equal(word, Verdicts.Learnt(new DifferenceInterval((low + high) / 2, low, high)).Word);
}
