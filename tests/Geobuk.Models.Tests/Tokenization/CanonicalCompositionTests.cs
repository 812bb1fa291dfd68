using CsCheck;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

public class CanonicalCompositionTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("한글 漢字 ＡＢＣ ㈜ ﬁ", "한글 漢字 ＡＢＣ ㈜ ﬁ")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", "한글")]
    [InlineData("\uD558\u11AB", "한")]
    [InlineData("\u1109\u119E\u11B7", "\u1109\u119E\u11B7")]
    [InlineData("\uF90A", "\u91D1")]
    [InlineData("\U0002F800", "\u4E3D")]
    [InlineData("\u212B\u2126", "\u00C5\u03A9")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("a\u0328\u0301", "\u0105\u0301")]
    [InlineData("e\u0301\u0302", "\u00E9\u0302")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("a\u0315\u0300", "\u00E0\u0315")]
    [InlineData("\u0B47\u0300\u0B3E", "\u0B47\u0300\u0B3E")]
    public void Compose_KnownPairs_FollowTheStandard(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));

    [Fact]
    public void Compose_EverySyllableFromItsJamo_GivesTheSyllable()
    {
        for (var syllable = 0xAC00; syllable <= 0xD7A3; syllable++)
        {
            var index = syllable - 0xAC00;
            var jamo = $"{(char)(0x1100 + index / 588)}{(char)(0x1161 + index / 28 % 21)}{(index % 28 > 0 ? ((char)(0x11A7 + index % 28)).ToString() : "")}";
            Assert.Equal(((char)syllable).ToString(), CanonicalComposition.Compose(jamo));
        }
    }

    [Fact]
    public void Compose_Twice_ChangesNothingMore() =>
        Gen.String[Gen.Char["a\u0301\u0323\u0300\u1112\u1161\u11AB가e\u0327\uF90A"], 0, 20].Sample(text =>
        {
            var once = CanonicalComposition.Compose(text);
            return CanonicalComposition.Compose(once) == once;
        });
}
