using CsCheck;
using Geobuk.Evaluation.Metrics;

namespace Geobuk.Evaluation.Tests.Metrics;

public class TokenWindowTests
{
    [Fact]
    public void Sliding_AnyDocument_ScoresEachTokenOnceWithEnoughContext() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[2, 40], Gen.Int[1, 3]).SelectMany(t => Gen.Int[1, t.Item2 - 1].Select(stride => (Tokens: t.Item1, Window: t.Item2, First: t.Item3, Stride: stride))).Sample(c =>
        {
            var next = c.First;
            foreach (var w in TokenWindow.Sliding(0, c.Tokens, c.First, c.Window, c.Stride))
            {
                if (w.FirstScored != next || w.Length > c.Window || w.End > c.Tokens || w.End <= w.FirstScored) return false;
                if (w.Start > 0 && w.FirstScored - w.Start < c.Window - c.Stride) return false;
                next = w.End;
            }
            return next == Math.Max(c.First, c.Tokens) || c.Tokens <= c.First;
        });

    [Fact]
    public void Sliding_LongDocument_MovesByTheStride() =>
        Assert.Equal(
            [new TokenWindow(3, 0, 8, 1), new TokenWindow(3, 4, 8, 8), new TokenWindow(3, 8, 5, 12)],
            TokenWindow.Sliding(3, 13, 1, 8, 4));

    [Fact]
    public void Sliding_OneToken_HasNothingToPredict() => Assert.Empty(TokenWindow.Sliding(0, 1, 1, 8, 4));
}
