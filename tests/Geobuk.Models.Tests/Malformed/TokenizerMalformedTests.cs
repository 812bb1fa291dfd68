using System.Text;
using System.Text.Json.Nodes;
using Geobuk.Models.Tests.Tokenization;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Malformed;

/// <summary>Damaged and hostile tokenizer.json files, each with the words of its error.</summary>
public sealed class TokenizerMalformedTests : IDisposable
{
    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-손상-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File0 => Path.Combine(_folder, "tokenizer.json");

    private static string Bpe(string vocabulary, string merges, string rest = "") =>
        $$"""{"model":{"type":"BPE","vocab":{{vocabulary}},"merges":{{merges}}},"pre_tokenizer":{{ByteLevel}}{{rest}}}""";

    private static string Split(string preTokenizer) => $$$"""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{{{preTokenizer}}}}""";

    public static TheoryData<string, string> Files() => new()
    {
        { "", "not valid JSON" },
        { "null", "not valid JSON" },
        { "[]", "not valid JSON" },
        { "{\"model\":", "not valid JSON" },
        { new string('[', 1_000_000), "not valid JSON" },
        { "{\"model\":{},\"model\":{}}", "not valid JSON" },
        { Bpe("{\"a\":0,\"a\":1}", "[]"), "not valid JSON" },
        { Bpe("{\"\\ud800\":0}", "[]"), "not valid JSON" },
        { "{}", "model is missing" },
        { "{\"model\":7}", "model is 7" },
        { "{\"model\":{\"type\":[\"BPE\"]}}", "model.type is [\"BPE\"]" },
        { Bpe("[]", "[]"), "model.vocab is []" },
        { Bpe("{\"a\":\"0\"}", "[]"), "model.vocab[\"a\"] is \"0\"" },
        { Bpe("{\"a\":null}", "[]"), "model.vocab[\"a\"] is missing" },
        { Bpe("{\"a\":-1}", "[]"), "model.vocab[\"a\"] is -1" },
        { Bpe("{\"a\":0.5}", "[]"), "model.vocab[\"a\"] is 0.5" },
        { Bpe("{\"a\":2147483648}", "[]"), "model.vocab[\"a\"] is 2147483648" },
        { Bpe("{\"a\":4000000}", "[]"), "a has id 4000000 in a vocabulary of 1 tokens" },
        { Bpe("{\"a\":0,\"b\":0}", "[]"), "id 0 belongs to both a and b" },
        { Bpe("{\"a\":0}", "{}"), "model.merges is {}" },
        { Bpe("{\"a\":0}", "[null]"), "model.merges[0] is missing" },
        { Bpe("{\"a\":0}", "[[\"a\"]]"), "model.merges[0] is [\"a\"]" },
        { Bpe("{\"a\":0}", "[[1,2]]"), "model.merges[0] is [1,2]" },
        { Bpe("{\"a\":0}", "[\"a\"]"), "model.merges[0] is \"a\"" },
        { Bpe("{\"a\":0}", "[\"a a a\"]"), "model.merges[0] is \"a a a\"" },
        { Bpe("{\"a\":0}", "[\"a b\"]"), "merge 0 is a + b" },
        { Bpe("{\"a\":0,\"b\":1}", "[[\"a\",\"b\"]]"), "merge 0 is a + b" },
        { Bpe("{\"a\":0}", "[]", ",\"added_tokens\":[7]"), "an entry of added_tokens is 7" },
        { Bpe("{\"a\":0}", "[]", ",\"added_tokens\":[{\"id\":1,\"content\":\"\"}]"), "an entry of added_tokens" },
        { Bpe("{\"a\":0}", "[]", ",\"added_tokens\":[{\"id\":1,\"content\":\"x\"},{\"id\":1,\"content\":\"y\"}]"), "added_tokens has id 1 twice" },
        { Bpe("{\"a\":0}", "[]", ",\"added_tokens\":[{\"id\":3000000,\"content\":\"x\"}]"), "x has id 3000000" },
        { Bpe("{\"a\":0}", "[]", ",\"normalizer\":\"NFC\""), "normalizer is \"NFC\"" },
        { Bpe("{\"a\":0}", "[]", ",\"decoder\":\"ByteLevel\""), "decoder is \"ByteLevel\"" },
        { Bpe("{\"a\":0}", "[]", ",\"post_processor\":[]"), "post_processor is []" },
        { Bpe("{\"a\":0}", "[]", ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[\"A\"]}"), "post_processor.single is \"A\"" },
        { Bpe("{\"a\":0}", "[]", ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"B\"}}],\"special_tokens\":{\"B\":{\"ids\":[9]}}}"), "ids is [9]" },
        { Split("7"), "pre_tokenizer has 7" },
        { Split("""{"type":"Split","pattern":"x","behavior":"Isolated"}"""), "expected ByteLevel" },
        { Split($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":"x","behavior":"Isolated"},{{ByteLevel}}]}"""), "a pattern, either Regex or String" },
        { Split($$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"},{{ByteLevel}}]}"""), "cannot be read" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_WrongFile_NamesFileAndFault(string json, string words)
    {
        File.WriteAllText(File0, json);
        Refusal.Expect(File0, words, () => Tokenizer.Load(_folder));
    }

    [Fact]
    public void Load_NotUtf8_IsRefused()
    {
        File.WriteAllBytes(File0, [.. "{\"model\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        Refusal.Expect(File0, "not UTF-8", () => Tokenizer.Load(_folder));
    }

    [SkippableFact]
    public void Load_HugeFile_IsRefusedUnread()
    {
        Skip.If(OperatingSystem.IsWindows(), "files have no holes there");
        using (var file = File.Create(File0)) file.SetLength(1L << 33);
        Refusal.Expect(File0, "8589934592 bytes", () => Tokenizer.Load(_folder));
    }

    [Fact]
    public void Load_HugePattern_IsRefused()
    {
        File.WriteAllText(File0, WithPattern(new string('(', 500_000) + "a" + new string(')', 500_000)));
        Refusal.Expect(File0, "a pattern of pre_tokenizer has 1000001 characters", () => Tokenizer.Load(_folder));
    }

    [Fact]
    public void Load_ManyStages_AreRefused()
    {
        File.WriteAllText(File0, Split("{\"type\":\"Sequence\",\"pretokenizers\":[" + string.Concat(Enumerable.Repeat("{\"type\":\"Digits\"},", 10_000)) + ByteLevel + "]}"));
        Refusal.Expect(File0, "more than 32 stages", () => Tokenizer.Load(_folder));
    }

    [Fact]
    public void Load_DeepPattern_EndsInSomethingTyped()
    {
        File.WriteAllText(File0, WithPattern(new string('(', 8000) + "a" + new string(')', 8000)));
        try
        {
            Assert.NotNull(Tokenizer.Load(_folder).Encode("aaa"));
        }
        catch (UserInputException fault)
        {
            Assert.StartsWith(File0, fault.Message);
        }
    }

    [Theory]
    [InlineData("(a|aa)+$")]
    [InlineData("(([a-z])+.)+[A-Z]")]
    public void Encode_CatastrophicPattern_StopsSoon(string pattern)
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(SampleTokenizer.Folder, "tokenizer.json")))!.AsObject();
        root["pre_tokenizer"] = JsonNode.Parse(WithPattern(pattern))!["pre_tokenizer"]!.DeepClone();
        File.WriteAllText(File0, root.ToJsonString());
        var tokenizer = Tokenizer.Load(_folder);
        // Tried to the end, either pattern would take years.
        Refusal.Expect(File0, "takes too long on a text of 301 characters", () => tokenizer.Encode(new string('a', 300) + "!"));
    }

    [Fact]
    public void Load_WrongNeighbours_AreRefusedOrIgnored()
    {
        foreach (var file in Directory.GetFiles(SampleTokenizer.Folder)) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        var generation = Path.Combine(_folder, "generation_config.json");
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), """{"bos_token":7,"eos_token":{"content":[]},"chat_template":{"a":1}}""");
        File.WriteAllText(generation, """{"bos_token_id":2000000,"eos_token_id":[-1,"x",3000000]}""");
        var tokenizer = Tokenizer.Load(_folder);
        Assert.Null(tokenizer.BosTokenId ?? null);
        Assert.Null(tokenizer.ChatTemplate);
        Assert.All(tokenizer.StopTokenIds, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
        File.WriteAllText(generation, "{");
        Refusal.Expect(generation, "not valid JSON", () => Tokenizer.Load(_folder));
    }

    [Fact]
    public void FromParts_WhatContradictsItself_IsRefused()
    {
        var good = SampleTokenizer.Load().ToParts();
        Refusal.Expect("tokenizer.ggml.merges[0]", "is \"ab\"", () => Tokenizer.FromParts(good with { Merges = ["ab"] }));
        Refusal.Expect("tokenizer.ggml", "merge 0 is 힣 + 힣", () => Tokenizer.FromParts(good with { Merges = ["힣 힣"] }));
        Refusal.Expect("tokenizer.ggml.token_type", "has 1 entries", () => Tokenizer.FromParts(good with { TokenTypes = [1] }));
        Refusal.Expect("tokenizer.ggml.token_type", "has 0 entries", () => Tokenizer.FromParts(good with { Tokens = [], TokenTypes = [] }));
        Refusal.Expect("tokenizer.ggml.bos_token_id", "is -1", () => Tokenizer.FromParts(good with { BosTokenId = -1, AddBos = true }));
        Refusal.Expect("tokenizer.ggml.eos_token_id", "is 99999", () => Tokenizer.FromParts(good with { EosTokenId = 99999 }));
        Refusal.Expect("tokenizer.ggml.pre", "is nonsense", () => Tokenizer.FromParts(good with { PreTokenizer = "nonsense" }));
        // What made a loader write before its table is plain text here.
        var odd = Tokenizer.FromParts(good with { Tokens = [.. good.Tokens, "<0x-1>", "<0xZZ>"], TokenTypes = [.. good.TokenTypes, 6, 6] });
        Assert.Equal("<0x-1>", Encoding.UTF8.GetString(odd.DecodeBytes(good.Tokens.Count)));
    }

    private static string WithPattern(string pattern) =>
        Split($$$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{{pattern}}}"},"behavior":"Isolated","invert":false},{{{ByteLevel}}}]}""");
}
