using CsCheck;
using Geobuk.Inference.Sampling;

namespace Geobuk.Inference.Tests.Sampling;

public class StopTextTests
{
    [Fact]
    public void Push_StopSpanningPieces_EmitsNothingOfIt()
    {
        var stop = new StopText(["\n질문:"]);
        Assert.Equal("답은 셋", stop.Push("답은 셋"));
        Assert.Equal("", stop.Push("\n"));
        Assert.Equal("", stop.Push("질"));
        Assert.Equal("", stop.Push("문: 다음"));
        Assert.True(stop.Stopped);
        Assert.Equal("", stop.Flush());
        Assert.Equal("", stop.Push("뒤"));
    }

    [Fact]
    public void Push_BeginningThatDoesNotGoOn_ComesOutLater()
    {
        var stop = new StopText(["<끝>"]);
        Assert.Equal("가", stop.Push("가<끝"));
        Assert.Equal("<끝나", stop.Push("나"));
        Assert.Equal("", stop.Push("<"));
        Assert.Equal("<", stop.Flush());
        Assert.False(stop.Stopped);
    }

    [Fact]
    public void Push_OverlappingStops_CutsAtTheEarliest()
    {
        var stop = new StopText(["bcd", "cx"]);
        Assert.Equal("a", stop.Push("abc"));
        Assert.Equal("b", stop.Push("x"));
        Assert.True(stop.Stopped);
    }

    [Fact]
    public void Push_TextInAnyPieces_GivesWhatOnePieceGives() =>
        Gen.Select(Gen.String["ab<>"].Array[0, 12], Gen.String["ab<>"].Where(s => s.Length > 0).Array[1, 3]).Sample((pieces, stops) =>
        {
            var whole = string.Concat(pieces);
            var cut = stops.Select(s => whole.IndexOf(s, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(whole.Length).Min();
            var stop = new StopText(stops);
            var got = string.Concat(pieces.Select(stop.Push)) + stop.Flush();
            Assert.Equal(stop.Stopped, cut < whole.Length);
            // A longer stop that begins earlier may be completed only after a shorter one inside it has ended the text.
            Assert.StartsWith(got[..Math.Min(got.Length, cut)], whole, StringComparison.Ordinal);
            if (!stop.Stopped) Assert.Equal(whole, got);
            else Assert.All(stops, s => Assert.DoesNotContain(s, got));
        });
}
