using System.Text;
using CsCheck;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

public class StreamDecoderTests
{
    [Fact]
    public void Next_HardTexts_NeverShowsHalfACharacter()
    {
        var tokenizer = SampleTokenizer.Load();
        foreach (var text in SampleTokenizer.HardTexts)
        {
            var decoder = new StreamDecoder(tokenizer, skipSpecialTokens: false);
            var pieces = tokenizer.Encode(text).Select(decoder.Next).ToList();
            Assert.DoesNotContain(pieces, piece => piece.Contains('\uFFFD'));
            Assert.Equal(text, string.Concat(pieces) + decoder.Flush());
        }
    }

    [Fact]
    public void Next_AnyIds_JoinToWhatDecodeGives()
    {
        var tokenizer = SampleTokenizer.Load();
        Gen.Int[0, tokenizer.VocabularySize - 1].Array[0, 40].Sample(ids =>
        {
            var decoder = new StreamDecoder(tokenizer);
            var text = string.Concat(ids.Select(decoder.Next)) + decoder.Flush();
            return text == tokenizer.Decode(ids);
        }, iter: 2000);
    }

    [Fact]
    public void Flush_CutCharacter_GivesAReplacementOnce()
    {
        var tokenizer = SampleTokenizer.Load();
        var decoder = new StreamDecoder(tokenizer);
        var first = tokenizer.Encode("\U0002A6D6")[0];
        Assert.Equal("", decoder.Next(first));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void Next_SpecialToken_IsSilentUnlessAsked()
    {
        var tokenizer = SampleTokenizer.Load();
        Assert.Equal("", new StreamDecoder(tokenizer).Next(0));
        Assert.Equal("<|endoftext|>", new StreamDecoder(tokenizer, skipSpecialTokens: false).Next(0));
        Assert.Equal(Encoding.UTF8.GetBytes("<|endoftext|>"), tokenizer.DecodeBytes(0));
    }
}
