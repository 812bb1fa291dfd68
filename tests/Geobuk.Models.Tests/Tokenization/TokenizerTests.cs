using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

public class TokenizerTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String, Gen.Int[0, SampleTokenizer.HardTexts.Length - 1].Select(i => SampleTokenizer.HardTexts[i]), Gen.String[Gen.Char['가', '힣'], 0, 30], Gen.String[Gen.Char[" \n'as1가."], 0, 30],
        Gen.Int[0x20000, 0x2A6DF].Array[0, 5].Select(points => string.Concat(points.Select(char.ConvertFromUtf32))));

    [Fact]
    public void Encode_AnyText_DecodesToTheSameText()
    {
        var tokenizer = SampleTokenizer.Load();
        Gen.Select(AnyText, AnyText, (a, b) => a + b).Sample(text =>
        {
            var wellFormed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            return tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: false) == wellFormed;
        }, iter: 2000);
    }

    [Fact]
    public void Encode_HardTexts_FollowMergesOneByOne()
    {
        var tokenizer = SampleTokenizer.Load();
        var naive = NaiveBytePairs.Load(SampleTokenizer.Folder);
        foreach (var text in SampleTokenizer.HardTexts)
            Assert.Equal(naive.Encode(text), tokenizer.Encode(text, parseSpecialTokens: false));
    }

    [Fact]
    public void Encode_LongWord_EqualsTheSlowMerge()
    {
        var tokenizer = SampleTokenizer.Load();
        var naive = NaiveBytePairs.Load(SampleTokenizer.Folder);
        Gen.String[Gen.Char["휴가를할수있다ab"], 40, 200].Sample(
            word => Assert.Equal(naive.Encode(word), tokenizer.Encode(word)), iter: 100);
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSameIds()
    {
        var tokenizer = SampleTokenizer.Load();
        var texts = SampleTokenizer.Corpus().Concat(SampleTokenizer.HardTexts).ToList();
        var expected = texts.Select(text => tokenizer.Encode(text)).ToList();
        var fresh = SampleTokenizer.Load();
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < texts.Count; i++) Assert.Equal(expected[i], fresh.Encode(texts[i]));
        });
    }

    [Fact]
    public void Encode_SpecialTokenInText_IsParsedOnlyOnRequest()
    {
        var tokenizer = SampleTokenizer.Load();
        var id = tokenizer.TokenToId("<|im_end|>")!.Value;
        Assert.Equal([id], tokenizer.Encode("<|im_end|>"));
        Assert.DoesNotContain(id, tokenizer.Encode("<|im_end|>", parseSpecialTokens: false));
        Assert.Equal("<|im_end|>", tokenizer.Decode(tokenizer.Encode("<|im_end|>", parseSpecialTokens: false)));
    }

    [Fact]
    public void Decode_SpecialTokens_AreLeftOutOnRequest()
    {
        var tokenizer = SampleTokenizer.Load();
        var ids = tokenizer.Encode("<|im_start|><|user|>휴가<|im_end|>");
        Assert.Equal("휴가", tokenizer.Decode(ids));
        Assert.Equal("<|im_start|><|user|>휴가<|im_end|>", tokenizer.Decode(ids, skipSpecialTokens: false));
    }

    [Fact]
    public void Encode_UnpairedSurrogates_BecomeReplacementCharacters()
    {
        var tokenizer = SampleTokenizer.Load();
        Assert.Equal("가\uFFFD나\uFFFD", tokenizer.Decode(tokenizer.Encode("가\uD800나\uDC00")));
    }

    [Fact]
    public void Encode_WithoutNormalizer_KeepsCompatibilityIdeographsAndJamo()
    {
        var tokenizer = SampleTokenizer.Load();
        foreach (var text in (string[])["\uF90A", "\u1112\u1161\u11AB", "ＡＢ"]) Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Encode_WithNfc_ComposesAsTheFileAsks()
    {
        var tokenizer = SampleTokenizer.With(root => root["normalizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["normalizers"] = new JsonArray(new JsonObject { ["type"] = "NFC" }),
        });
        Assert.Equal("金한é", tokenizer.Decode(tokenizer.Encode("\uF90A\u1112\u1161\u11ABe\u0301")));
    }

    [Fact]
    public void Encode_AddPrefixSpace_PutsOneBeforeEachStretch()
    {
        var tokenizer = SampleTokenizer.With(root => root["pre_tokenizer"]!["add_prefix_space"] = true);
        Assert.Equal(" 휴가", tokenizer.Decode(tokenizer.Encode("휴가")));
        Assert.Equal(" 휴가", tokenizer.Decode(tokenizer.Encode(" 휴가")));
        Assert.Equal(" 휴가<|im_end|> 휴가", tokenizer.Decode(tokenizer.Encode("휴가<|im_end|>휴가"), skipSpecialTokens: false));
    }

    [Fact]
    public void Encode_IgnoreMerges_TakesWholeWords()
    {
        var tokenizer = SampleTokenizer.With(root =>
        {
            root["model"]!["ignore_merges"] = true;
            root["model"]!["merges"] = new JsonArray();
        });
        var word = tokenizer.TokenToId(ByteAlphabet.Write(SampleTokenizer.Utf8(" 휴가")))!.Value;
        Assert.Equal([word], tokenizer.Encode(" 휴가"));
        Assert.Equal(SampleTokenizer.Utf8(" 휴가휴가").Length, tokenizer.Encode(" 휴가휴가").Length);
    }

    [Fact]
    public void Load_MergesAsText_EqualMergesAsPairs()
    {
        var old = SampleTokenizer.With(root =>
        {
            var merges = root["model"]!["merges"]!.AsArray().Select(pair => (JsonNode)$"{pair![0]} {pair[1]}").ToArray();
            root["model"]!["merges"] = new JsonArray(merges);
        });
        var tokenizer = SampleTokenizer.Load();
        foreach (var text in SampleTokenizer.HardTexts) Assert.Equal(tokenizer.Encode(text), old.Encode(text));
    }

    [Fact]
    public void Encode_PostProcessor_AddsTokensOnlyOnRequest()
    {
        var tokenizer = SampleTokenizer.With(root => root["post_processor"] = JsonNode.Parse("""
            {"type":"Sequence","processors":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true},
             {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"B","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"E","type_id":0}}],
              "pair":[],"special_tokens":{"B":{"id":"B","ids":[0],"tokens":["B"]},"E":{"id":"E","ids":[3],"tokens":["E"]}}}]}
            """));
        var plain = tokenizer.Encode("휴가");
        Assert.Equal([0, .. plain, 3], tokenizer.Encode("휴가", addSpecialTokens: true));
        Assert.DoesNotContain(0, plain);
    }

    [Theory]
    [InlineData("lstrip", "a  <x> b", "a<x> b")]
    [InlineData("rstrip", "a  <x>  b", "a  <x>b")]
    public void Encode_StrippingToken_SwallowsWhiteSpace(string side, string text, string expected)
    {
        var tokenizer = WithAdded("<x>", token => token[side] = true);
        Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Encode_SingleWordToken_NeedsBoundaries()
    {
        var tokenizer = WithAdded("휴가", token => token["single_word"] = true);
        var id = SampleTokenizer.Size;
        Assert.Contains(id, tokenizer.Encode("(휴가)"));
        Assert.DoesNotContain(id, tokenizer.Encode("휴가를"));
        Assert.DoesNotContain(id, tokenizer.Encode("연휴가"));
    }

    [Fact]
    public void Encode_OverlappingAddedTokens_TakesTheLongest()
    {
        var tokenizer = SampleTokenizer.With(root =>
        {
            Add(root, "<x>", SampleTokenizer.Size);
            Add(root, "<x><y>", SampleTokenizer.Size + 1);
        });
        Assert.Equal([SampleTokenizer.Size + 1, SampleTokenizer.Size], tokenizer.Encode("<x><y><x>"));
    }

    [Fact]
    public void Load_ConfigurationFiles_GiveSpecialTokensAndTemplate()
    {
        var tokenizer = SampleTokenizer.Load();
        Assert.Equal(0, tokenizer.BosTokenId);
        Assert.Equal(0, tokenizer.EosTokenId);
        Assert.Equal(1, tokenizer.PadTokenId);
        Assert.Equal([0, 3], tokenizer.StopTokenIds.Order());
        Assert.Contains("<|im_start|>", tokenizer.ChatTemplate);
    }

    [Fact]
    public void Load_TemplateFile_WinsOverTheConfiguration()
    {
        var folder = SampleTokenizer.NewFolder();
        foreach (var file in Directory.GetFiles(SampleTokenizer.Folder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), "{{ 양식 }}");
        Assert.Equal("{{ 양식 }}", Tokenizer.Load(folder).ChatTemplate);
        Directory.Delete(folder, true);
    }

    [Theory]
    [InlineData("""{"model":{"type":"Unigram","vocab":[]}}""", "model.type is \"Unigram\"; expected BPE")]
    [InlineData("""{"model":{"type":"BPE","vocab":{},"merges":[]}}""", "at least one token")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}""", "model.vocab[\"a\"] is -1")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":2000000000},"merges":[]}}""", "model.vocab[\"a\"] is 2000000000")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}""", "id 0 belongs to both a and b")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]},"pre_tokenizer":{"type":"ByteLevel"}}""", "merge 0 is a + b")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["ab"]},"pre_tokenizer":{"type":"ByteLevel"}}""", "model.merges[0] is \"ab\"")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Metaspace"}}""", "Metaspace")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"},"normalizer":{"type":"NFKC"}}""", "NFKC")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"end_of_word_suffix":"</w>"},"pre_tokenizer":{"type":"ByteLevel"}}""", "end_of_word_suffix")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"},"added_tokens":[{"id":0}]}""", "added_tokens")]
    public void Load_WhatCannotBeExact_IsRefusedByName(string json, string expected)
    {
        var error = Assert.Throws<UserInputException>(() => SampleTokenizer.FromJson(JsonNode.Parse(json)!.AsObject()));
        Assert.Contains(expected, error.Message);
        Assert.Contains("tokenizer.json", error.Message);
    }

    [Fact]
    public void Load_MissingFile_SaysWhere()
    {
        var folder = SampleTokenizer.NewFolder();
        Assert.Contains("no such file", Assert.Throws<UserInputException>(() => Tokenizer.Load(folder)).Message);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), "{\"model\":");
        Assert.Contains("not valid JSON", Assert.Throws<UserInputException>(() => Tokenizer.Load(folder)).Message);
        Directory.Delete(folder, true);
    }

    private static Tokenizer WithAdded(string content, Action<JsonObject> change) =>
        SampleTokenizer.With(root => change(Add(root, content, SampleTokenizer.Size)));

    private static JsonObject Add(JsonObject root, string content, int id)
    {
        var token = new JsonObject { ["id"] = id, ["content"] = content, ["special"] = false, ["normalized"] = false };
        root["added_tokens"]!.AsArray().Add((JsonNode)token);
        return token;
    }
}
