using CsCheck;
using Geobuk.Evaluation.Metrics;

namespace Geobuk.Evaluation.Tests.Metrics;

public class LogSoftmaxTests
{
    private static readonly Gen<float[]> Rows = Gen.Single[-30, 30].Array[1, 70];

    [Fact]
    public void LogProbability_AnyLength_MatchesThePlainFormula() => Rows.Sample(logits =>
    {
        var plain = SmallModel.PlainLogSoftmax(logits);
        for (var i = 0; i < logits.Length; i++)
            if (Math.Abs(LogSoftmax.LogProbability(logits, i) - plain[i]) > 1e-11) return false;
        return true;
    });

    [Fact]
    public void Divergence_AnyLength_MatchesThePlainFormula() =>
        Gen.Int[1, 70].SelectMany(n => Gen.Select(Gen.Single[-20, 20].Array[n], Gen.Single[-20, 20].Array[n])).Sample((p, q) =>
        {
            var (logP, logQ) = (SmallModel.PlainLogSoftmax(p), SmallModel.PlainLogSoftmax(q));
            var plain = logP.Zip(logQ, (a, b) => Math.Exp(a) * (a - b)).Sum();
            return Math.Abs(LogSoftmax.Divergence(p, q) - plain) <= 1e-10 * Math.Max(1, plain);
        });

    [Fact]
    public void Divergence_KnownDistributions_GivesTheTextbookValue()
    {
        // p = (1/2, 1/2), q = (1/4, 3/4): ½ ln 2 + ½ ln (2/3) = ½ ln (4/3).
        Assert.Equal(0.5 * Math.Log(4.0 / 3), LogSoftmax.Divergence([0, 0], [0, MathF.Log(3)]), 7);
        Assert.Equal(0, LogSoftmax.Divergence([1, 2, 3], [1, 2, 3]));
        Assert.Equal(0, LogSoftmax.Divergence([1, 2, 3], [11, 12, 13]), 12);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void LogSumExp_BrokenLogit_Throws(float broken)
    {
        var logits = new float[40];
        foreach (var at in new[] { 0, 17, 39 })
        {
            logits[at] = broken;
            Assert.Throws<InvalidDataException>(() => LogSoftmax.LogSumExp(logits));
            logits[at] = 0;
        }
    }

    [Fact]
    public void Top_Ties_TakeTheLowestId() => Assert.Equal(1, LogSoftmax.Top([0, 3, 3, 2]));
}
