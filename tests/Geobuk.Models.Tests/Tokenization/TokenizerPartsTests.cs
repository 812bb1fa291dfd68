using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

public class TokenizerPartsTests
{
    [Fact]
    public void FromParts_OfATokenizer_IsTheSameTokenizer()
    {
        var tokenizer = SampleTokenizer.Load();
        var copy = Tokenizer.FromParts(tokenizer.ToParts());
        Assert.Equal(tokenizer.Digest, copy.Digest);
        Assert.Equal(tokenizer.ChatTemplate, copy.ChatTemplate);
        Assert.Equal(tokenizer.StopTokenIds.Order(), copy.StopTokenIds.Order());
        foreach (var text in SampleTokenizer.HardTexts)
        {
            Assert.Equal(tokenizer.Encode(text), copy.Encode(text));
            Assert.Equal(tokenizer.Encode(text, parseSpecialTokens: false), copy.Encode(text, parseSpecialTokens: false));
        }
    }

    [Fact]
    public void ToParts_PaddedEmbedding_MarksUnusedIds()
    {
        var tokenizer = SampleTokenizer.Load();
        var parts = tokenizer.ToParts(SampleTokenizer.Size + 6);
        Assert.Equal(SampleTokenizer.Size + 6, parts.Tokens.Count);
        Assert.Equal("gpt-2", parts.PreTokenizer);
        Assert.Equal(5, parts.TokenTypes[^1]);
        Assert.Equal(3, parts.TokenTypes[0]);
        Assert.Equal(1, parts.TokenTypes[10]);
        Assert.Equal("", Tokenizer.FromParts(parts).Decode([SampleTokenizer.Size + 1]));
    }

    [Theory]
    [InlineData("a.x-4.0", "제12조 1234")]
    [InlineData("llama-bpe", "제12조 12345")]
    [InlineData("qwen2", "제12조 12345")]
    public void FromParts_EveryPreTokenizer_RoundTrips(string pre, string text)
    {
        var tokenizer = Tokenizer.FromParts(SampleTokenizer.Load().ToParts() with { PreTokenizer = pre, AddBos = true });
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal(0, tokenizer.Encode(text, addSpecialTokens: true)[0]);
        Assert.True(tokenizer.ToParts().AddBos);
    }

    [Fact]
    public void FromParts_UserDefinedToken_IsParsedEvenInUntrustedText()
    {
        var parts = SampleTokenizer.Load().ToParts();
        var tokenizer = Tokenizer.FromParts(parts with { Tokens = [.. parts.Tokens, "  "], TokenTypes = [.. parts.TokenTypes, 4] });
        Assert.Contains(SampleTokenizer.Size, tokenizer.Encode("a  b", parseSpecialTokens: false));
    }

    [Fact]
    public void FromParts_ContradictoryMetadata_IsRefused()
    {
        var parts = SampleTokenizer.Load().ToParts();
        Refused(parts with { PreTokenizer = "default" }, "tokenizer.ggml.pre: is default");
        Refused(parts with { TokenTypes = [1] }, "token_type: has 1 entries");
        Refused(parts with { Merges = ["ab"] }, "merges[0]: is \"ab\"");
        Refused(parts with { Merges = ["없는 것"] }, "merge 0 is 없는 + 것");
        Refused(parts with { EosTokenId = 99999 }, "eos_token_id: is 99999");
    }

    [Fact]
    public void ToParts_SplitWithoutGgufName_DescribesItself()
    {
        var tokenizer = SampleTokenizer.With(root => root["pre_tokenizer"]!["add_prefix_space"] = true);

        var parts = tokenizer.ToParts();

        // No program may take it for a split that it knows.
        Assert.Equal("geobuk", parts.PreTokenizer);
        Assert.Equal(tokenizer.Encode("휴가 12일"), Tokenizer.FromParts(parts).Encode("휴가 12일"));
        Assert.Null(SampleTokenizer.Load().ToParts().Description);
    }

    [Theory]
    [InlineData("{", "geobuk.tokenizer")]
    [InlineData("{\"pre_tokenizer\": {\"type\": \"Metaspace\"}}", "Metaspace")]
    [InlineData("{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"added_tokens\": [{\"id\": 99999, \"content\": \"x\"}]}", "added_tokens")]
    public void FromParts_BrokenDescription_IsRefused(string description, string words) =>
        Assert.Contains(words, Assert.Throws<UserInputException>(() => Tokenizer.FromParts(SampleTokenizer.Load().ToParts() with { Description = description })).Message);

    [Fact]
    public void Digest_ChangedMerges_Differs()
    {
        var parts = SampleTokenizer.Load().ToParts();
        Assert.NotEqual(Tokenizer.FromParts(parts).Digest, Tokenizer.FromParts(parts with { Merges = [.. parts.Merges.Reverse()] }).Digest);
        Assert.Equal(64, Tokenizer.FromParts(parts).Digest.Length);
    }

    [Theory]
    [InlineData(SampleTokenizer.Size, null)]
    [InlineData(SampleTokenizer.Size + 500, null)]
    [InlineData(SampleTokenizer.Size - 1, "vocab_size is 449; expected at least 450")]
    [InlineData(102400, "vocab_size is 102400; expected 450 to 962")]
    public void ValidateAgainst_EmbeddingRows_MustFit(int rows, string? expected)
    {
        var config = ModelConfig.Parse($$"""
            {"architectures":["LlamaForCausalLM"],"hidden_size":64,"intermediate_size":128,"num_hidden_layers":1,"num_attention_heads":4,"vocab_size":{{rows}},"max_position_embeddings":64,"rms_norm_eps":1e-5}
            """, "config.json");
        var error = Record.Exception(() => SampleTokenizer.Load().ValidateAgainst(config, "모델/config.json"));
        if (expected is null) Assert.Null(error);
        else Assert.Contains(expected, Assert.IsType<UserInputException>(error).Message);
    }

    private static void Refused(TokenizerParts parts, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserInputException>(() => Tokenizer.FromParts(parts)).Message);
}
