using CsCheck;
using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Tests.Normalization;

public class TextNormalizerTests
{
    [Theory]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", "한글")] // decomposed modern jamo
    [InlineData("\uD558\u11AB", "한")] // open syllable and a final
    [InlineData("か\u3099", "が")]
    [InlineData("e\u0301", "é")]
    [InlineData("e\u0302\u0301", "ế")]
    public void Normalize_DecomposedSequence_Composes(string text, string expected)
    {
        var normalized = TextNormalizer.Normalize(text);

        Assert.Equal(expected, normalized.Text);
        Assert.True(normalized.Counts.Composed > 0);
    }

    [Theory]
    [InlineData("\uF90A\uF914樂")] // compatibility ideographs, which NFC replaces
    [InlineData("\U0002F800")] // and those of plane 2
    [InlineData("ＡＢＣ１２３　（가）")] // full width
    [InlineData("① ㉑ ㎡ ㎏ ㆍ · Ⅰ ㈜ ㏊ ﬁ")] // all of which NFKC replaces
    [InlineData("\u1112\u119E\u11AB글")] // old Hangul: arae-a
    [InlineData("\u1107\u1109\u1161")] // old cluster of two initials
    [InlineData("\u1112\u1161\u11EB")] // modern opening with an old final
    [InlineData("ㄱㄴㅏ")] // compatibility jamo
    [InlineData("가\u0301")] // a mark that composes with nothing
    public void Normalize_FormsThatMustStay_ChangesNothing(string text)
    {
        var normalized = TextNormalizer.Normalize(text);

        Assert.Equal(text, normalized.Text);
        Assert.Equal(default, normalized.Counts);
    }

    [Fact]
    public void Normalize_MixedLineEnds_BecomeLineFeeds()
    {
        var normalized = TextNormalizer.Normalize("가\r\n나\r다\u2028라\u0085마\n바");

        Assert.Equal("가\n나\n다\n라\n마\n바", normalized.Text);
        Assert.Equal(4, normalized.Counts.LineEndings);
    }

    [Fact]
    public void Normalize_ControlsMarksAndLoneSurrogates_AreRemovedAndCounted()
    {
        var normalized = TextNormalizer.Normalize("\uFEFF가\0나\u0007\uD800다\u009F😀");

        Assert.Equal("가나다😀", normalized.Text);
        Assert.Equal(5, normalized.Counts.Controls);
    }

    [Fact]
    public void Normalize_TrailingSpacesAndBlankLines_Go()
    {
        var normalized = TextNormalizer.Normalize("\n\n  가 \t\n\n \n\n\n나\t표  \n\n");

        Assert.Equal("  가\n\n나\t표", normalized.Text);
        Assert.True(normalized.Counts is { TrailingSpaces: 5, BlankLines: 5 }, normalized.Counts.ToString());
    }

    [Fact]
    public void Normalize_ControlBetweenJamo_ComposesWhatMeets() =>
        Assert.Equal("하", TextNormalizer.Normalize("\u1112\0\u1161").Text);

    [Fact]
    public void Normalize_AnyText_SecondTimeChangesNothing()
    {
        string[] pieces = ["\u1112", "\u1161", "\u11AB", "\u1109", "\u119E", "\u11EB", "하", "한", "e", "\u0301", "\u3099", "か", "\n", "\r", " ", "\t", "\0", "\uFEFF", "\uD83D", "\uDE00", "\uF90A", "Ａ", "ㆍ"];
        var text = Gen.Int[0, pieces.Length - 1].Array[0, 12];
        Gen.String.Select(text, (noise, indices) => string.Concat(indices.Select(i => pieces[i])) + noise).Sample(text =>
        {
            var once = TextNormalizer.Normalize(text).Text;
            Assert.Equal(once, TextNormalizer.Normalize(once).Text);
        });
    }
}
