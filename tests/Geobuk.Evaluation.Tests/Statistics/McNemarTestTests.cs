using CsCheck;
using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Tests.Statistics;

public class McNemarTestTests
{
    // 2 P(X ≤ 2), X ~ Bin(10, ½) = 2 · 56 / 1024; 2 P(X ≤ 0), X ~ Bin(6, ½) = 2 / 64; 2 P(X ≤ 5), Bin(20, ½) = 2 · 21700 / 2^20.
    [Theory]
    [InlineData(8, 2, 112.0 / 1024, (112.0 - 45) / 1024)]
    [InlineData(0, 6, 2.0 / 64, 1.0 / 64)]
    [InlineData(5, 15, 2 * 21700.0 / (1 << 20), (2 * 21700.0 - 15504) / (1 << 20))]
    [InlineData(3, 3, 1.0, 1.0)]
    [InlineData(0, 0, 1.0, 1.0)]
    public void Of_DiscordantCounts_GivesBinomialTail(int lost, int gained, double p, double midP)
    {
        var test = McNemarTest.Of(lost, gained);
        Assert.Equal(p, test.P, 10);
        Assert.Equal(midP, test.MidP, 10);
    }

    [Fact]
    public void Of_ThousandsOfItems_DoesNotUnderflow()
    {
        var test = McNemarTest.Of(1900, 2100);
        // Normal approximation with continuity correction: z = 199 / √4000 = 3.1465, p = 0.00165.
        Assert.InRange(test.P, 0.0015, 0.0018);
    }

    [Fact]
    public void Of_SwappedCounts_GivesSameP() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[0, 200]).Sample((a, b) =>
        {
            var forward = McNemarTest.Of(a, b);
            return forward.P == McNemarTest.Of(b, a).P && forward.P is >= 0 and <= 1 && forward.MidP <= forward.P;
        });
}
