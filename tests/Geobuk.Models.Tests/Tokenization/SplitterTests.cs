using CsCheck;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

public class SplitterTests
{
    private static readonly Gen<string> Characters = Gen.Int[0, 39].Select(kind => kind switch
    {
        < 8 => " ",
        < 10 => "\n",
        10 => "\r\n",
        11 => "\u3000",
        12 => "\t",
        13 or 14 or 15 => "'",
        16 => "s",
        17 => "LL",
        18 => "ve",
        19 => "\u0301",
        20 => "\U00020000",
        21 => "\U0001F469\u200D\U0001F469",
        22 => "\U0001D7D8",
        23 => "²",
        24 => "Ⅻ",
        25 or 26 => "7",
        27 => "123456",
        28 => "\u119E",
        29 => "\uF90A",
        30 => "！",
        31 => "\0",
        32 => "\u200B",
        33 => "\U000E0001",
        34 => "．",
        35 => "_",
        _ => "가",
    });

    private static readonly Gen<string> Texts = Characters.Array[0, 30].Select(parts => string.Concat(parts));

    [Theory]
    [InlineData(Gpt2Splitter.Pattern)]
    [InlineData(TiktokenSplitter.Llama3Pattern)]
    [InlineData(TiktokenSplitter.Qwen2Pattern)]
    public void Split_ByHand_EqualsThePattern(string pattern)
    {
        var byHand = PreTokenizerReader.FromPattern(pattern, SplitBehavior.Isolated, invert: false, "test");
        Assert.IsNotType<RegexSplitter>(byHand);
        var byPattern = new RegexSplitter(pattern, SplitBehavior.Isolated, invert: false, "test");
        Texts.Sample(text => Assert.Equal(Words(byPattern, text), Words(byHand, text)), iter: 5000);
    }

    [Fact]
    public void Split_LongS_CountsAsSIgnoringCase() => Assert.Equal(["it", "'ſ", " ok"], Words(new TiktokenSplitter(3), "it'ſ ok"));

    [Theory]
    [InlineData(@"[\p{Han}]+|[^\p{Han}]+", "漢字가나\U00020000\U0002F800다", "漢字|가나|\U00020000\U0002F800|다")]
    [InlineData(@"[\p{L}&&[^\p{Han}]]+|\p{Han}", "가나漢字다", "가나|漢|字|다")]
    [InlineData(@"\p{N}{1,3}(?=(?:\p{N}{3})*\b)", "1234567 원", "1|234|567| 원")]
    [InlineData(@"[^\r\n\p{L}\p{N}]?+\p{L}+", "(가 나", "(가| 나")]
    [InlineData(@"(?:ab)++b|a", "ababb", "ababb")]
    [InlineData(@"\x41|\u0042", "xABx", "x|A|B|x")]
    [InlineData(@"\p{Lu}\p{M}?|\p{Ll}+|\p{So}", "\U0001D400\U0001D41A\U0001D41B\U0001F600", "\U0001D400|\U0001D41A\U0001D41B|\U0001F600")]
    public void Split_OnigurumaPattern_MeansTheSame(string pattern, string text, string expected)
    {
        var words = Words(new RegexSplitter(pattern, SplitBehavior.Isolated, invert: false, "test"), text);
        Assert.Equal(expected.Split('|'), words);
    }

    [Theory]
    [InlineData(@"[a[b", "an unclosed class")]
    [InlineData(@"[a[]b]", "an empty class")]
    [InlineData(@"[[:greek:]]", "[:greek:]")]
    [InlineData(@"\X+", "\\X")]
    [InlineData(@"\x{1F600}", "beyond U+FFFF")]
    [InlineData("[\U0001F600]", "beyond U+FFFF")]
    [InlineData(@"(a", "cannot be read")]
    [InlineData(@"\p{Klingon}", "cannot be read")]
    public void Construct_WhatDotNetCannotSay_IsRefused(string pattern, string expected)
    {
        var error = Assert.Throws<UserInputException>(() => new RegexSplitter(pattern, SplitBehavior.Isolated, false, "tokenizer.json"));
        Assert.StartsWith("tokenizer.json:", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData(true, "a|1|2|나|3")]
    [InlineData(false, "a|12|나|3")]
    public void Split_Digits_StandAlone(bool individual, string expected) =>
        Assert.Equal(expected.Split('|'), Words(CharacterSplitter.Digits(individual), "a12나3"));

    [Fact]
    public void Split_Removed_DropsMatchesOrGaps()
    {
        Assert.Equal(["a", "b"], Words(new RegexSplitter("-", SplitBehavior.Removed, false, "test"), "a--b"));
        Assert.Equal(["-", "-"], Words(new RegexSplitter("-", SplitBehavior.Removed, true, "test"), "a--b"));
    }

    [Fact]
    public void Split_Sequence_CutsWordsOfTheStageBefore()
    {
        var sequence = new SequenceSplitter([CharacterSplitter.Digits(true), new Gpt2Splitter()]);
        Assert.Equal(["제", "1", "2", "조", " 휴가"], Words(sequence, "제12조 휴가"));
    }

    private static string[] Words(ISplitter splitter, string text)
    {
        var words = new List<TextRange>();
        splitter.Split("앞" + text is var whole ? whole.AsSpan(1) : default, 1, words);
        return [.. words.Select(word => whole[word.Start..word.End])];
    }
}
