using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Geobuk.Models.Tokenization;
using Geobuk.Tests;
using Microsoft.ML.Tokenizers;
using Tokenizer = Geobuk.Models.Tokenization.Tokenizer;

namespace Geobuk.Models.Tests.Tokenization;

/// <summary>Microsoft.ML.Tokenizers as an oracle, where it can be given what tokenizer.json says.</summary>
public class MicrosoftTokenizerTests
{
    [Fact]
    public void Encode_BasicPlaneText_EqualsTheirs()
    {
        var (ours, theirs) = Pair(SampleTokenizer.Folder, Gpt2Splitter.Pattern);
        foreach (var text in SampleTokenizer.HardTexts.Where(text => text.Length > 0 && !text.Any(char.IsSurrogate)))
            Assert.Equal(theirs.EncodeToIds(text), ours.Encode(text));
    }

    [SkippableFact]
    public void Encode_Statutes_EqualsTheirs()
    {
        var (ours, theirs) = Pair(SampleTokenizer.Folder, Gpt2Splitter.Pattern);
        foreach (var file in Directory.GetFiles(TestPaths.Shared("data", "statutes-defence"), "*.md", SearchOption.AllDirectories).Order().Take(15))
        {
            var text = File.ReadAllText(file);
            Assert.Equal(theirs.EncodeToIds(text), ours.Encode(text));
        }
    }

    [Theory]
    [InlineData(TiktokenSplitter.Llama3Pattern)]
    [InlineData(TiktokenSplitter.Qwen2Pattern)]
    [InlineData(@"\p{N}|[^\p{N}]+")]
    public void Encode_SplitPattern_EqualsTheirs(string pattern)
    {
        var (_, theirs) = Pair(SampleTokenizer.Folder, pattern);
        var ours = SampleTokenizer.With(root => root["pre_tokenizer"] = SplitBy(pattern));
        foreach (var text in SampleTokenizer.HardTexts.Where(text => text.Length > 0 && !text.Any(char.IsSurrogate)))
            Assert.Equal(theirs.EncodeToIds(text), ours.Encode(text));
    }

    /// <summary>A reason for own code: their splitter sees UTF-16 halves, so an emoji sequence or rare hanja falls apart.</summary>
    [Fact]
    public void Encode_AstralLettersAfterSpace_OursKeepsCodePoints()
    {
        var words = new List<TextRange>();
        new Gpt2Splitter().Split("한 \U00020000\U00020001\U000020AC", 0, words);
        Assert.Equal([new TextRange(0, 1), new TextRange(1, 6), new TextRange(6, 7)], words);
        Assert.Equal(["한", " \U00020000\U00020001€"], Regex.Matches("한 \U00020000\U00020001€", Gpt2Splitter.Pattern).Select(match => match.Value));
    }

    private static JsonObject SplitBy(string pattern) => new()
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(
            new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false },
            new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false }),
    };

    private static (Tokenizer Ours, BpeTokenizer Theirs) Pair(string folder, string pattern)
    {
        var model = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")))!["model"]!;
        var special = BpeTrainer.SpecialTokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id);
        var theirs = BpeTokenizer.Create(new BpeOptions(model["vocab"]!.AsObject().Select(entry => KeyValuePair.Create(entry.Key, (int)entry.Value!)))
        {
            Merges = [.. model["merges"]!.AsArray().Select(pair => $"{pair![0]} {pair[1]}")],
            ByteLevel = true,
            SpecialTokens = special,
            PreTokenizer = new RegexPreTokenizer(new Regex(pattern), special),
        });
        return (Tokenizer.Load(folder), theirs);
    }
}
