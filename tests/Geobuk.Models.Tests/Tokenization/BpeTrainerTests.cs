using System.Text.Json.Nodes;
using CsCheck;
using Geobuk.Models.Tokenization;
using Geobuk.Tests;

namespace Geobuk.Models.Tests.Tokenization;

public class BpeTrainerTests
{
    [Fact]
    public void Train_SmallTexts_EqualsTheDefinition()
    {
        var word = Gen.String[Gen.Char["abc가 "], 1, 12];
        word.Array[1, 6].Sample(texts => Assert.Equal(NaiveMerges(texts, 12), TrainedMerges(texts, BpeTrainer.SmallestVocabulary + 12)), iter: 100);
    }

    [Fact]
    public void Train_TwiceInAnyOrder_WritesTheSameBytes()
    {
        var (first, second) = (SampleTokenizer.NewFolder(), SampleTokenizer.NewFolder());
        BpeTrainer.Train(SampleTokenizer.Corpus(), SampleTokenizer.Size, first);
        BpeTrainer.Train(SampleTokenizer.Corpus().Reverse(), SampleTokenizer.Size, second);
        foreach (var name in (string[])["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(first, name)), File.ReadAllBytes(Path.Combine(second, name)));
        Directory.Delete(first, true);
        Directory.Delete(second, true);
    }

    [Fact]
    public void Train_Layout_IsSpecialTokensBytesMerges()
    {
        var tokenizer = SampleTokenizer.Load();
        Assert.Equal(SampleTokenizer.Size, tokenizer.VocabularySize);
        for (var id = 0; id < BpeTrainer.SpecialTokens.Count; id++)
        {
            Assert.Equal(BpeTrainer.SpecialTokens[id], tokenizer.IdToToken(id));
            Assert.True(tokenizer.IsSpecial(id));
        }
        for (var value = 0; value < 256; value++) Assert.Equal([(byte)value], tokenizer.DecodeBytes(BpeTrainer.SpecialTokens.Count + value));
        Assert.False(tokenizer.IsSpecial(300));
    }

    [Fact]
    public void Train_WrongSizeOrNoText_SaysWhatIsWrong()
    {
        var folder = SampleTokenizer.NewFolder();
        Assert.Contains("vocabulary_size is 100", Assert.Throws<UserInputException>(() => BpeTrainer.Train(["가"], 100, folder)).Message);
        Assert.Contains("empty", Assert.Throws<UserInputException>(() => BpeTrainer.Train([""], 1000, folder)).Message);
        Assert.Empty(Directory.GetFiles(folder));
        Directory.Delete(folder, true);
    }

    [Fact]
    public void Train_Cancelled_WritesNothing()
    {
        var folder = SampleTokenizer.NewFolder();
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => BpeTrainer.Train(SampleTokenizer.Corpus(), SampleTokenizer.Size, folder, (_, _) => source.Cancel(), source.Token));
        Assert.Empty(Directory.GetFiles(folder));
        Directory.Delete(folder, true);
    }

    [SkippableFact]
    public void Train_Statutes_IsFastAndKnowsTheLanguage()
    {
        var texts = Directory.GetFiles(TestPaths.Shared("data", "statutes-defence"), "*.md", SearchOption.AllDirectories).Order().Take(20).Select(File.ReadAllText).ToList();
        var folder = SampleTokenizer.NewFolder();
        BpeTrainer.Train(texts, 2048, folder);
        var tokenizer = Tokenizer.Load(folder);
        Directory.Delete(folder, true);
        var characters = texts.Sum(text => (long)text.Length);
        var tokens = texts.Sum(text => (long)tokenizer.Encode(text).Length);
        Assert.InRange((double)characters / tokens, 1.3, 4);
        Assert.Single(tokenizer.Encode(" 대통령령"));
        Assert.All(texts, text => Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text))));
    }

    private static List<(string, string)> TrainedMerges(string[] texts, int size)
    {
        var folder = SampleTokenizer.NewFolder();
        BpeTrainer.Train(texts, size, folder);
        var merges = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")))!["model"]!["merges"]!.AsArray();
        Directory.Delete(folder, true);
        return [.. merges.Select(pair => ((string)pair![0]!, (string)pair[1]!))];
    }

    /// <summary>Recounts everything for every merge.</summary>
    private static List<(string, string)> NaiveMerges(string[] texts, int most)
    {
        var ids = Enumerable.Range(0, 256).ToDictionary(value => ByteAlphabet.ToCharacter((byte)value).ToString(), value => value);
        var words = texts.SelectMany(NaiveBytePairs.CodePointWords).Select(word => SampleTokenizer.Utf8(word).Select(value => ByteAlphabet.ToCharacter(value).ToString()).ToList()).ToList();
        var merges = new List<(string, string)>();
        while (ids.Count < 256 + most)
        {
            var counts = words.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair).Select(group => (group.Key, Count: group.Count())).Where(entry => entry.Count >= 2).ToList();
            if (counts.Count == 0) break;
            var (left, right) = counts.OrderByDescending(entry => entry.Count).ThenBy(entry => ids[entry.Key.First]).ThenBy(entry => ids[entry.Key.Second]).First().Key;
            if (!merges.Contains((left, right))) merges.Add((left, right));
            ids.TryAdd(left + right, ids.Count);
            words = [.. words.Select(word => Merge(word, left, right))];
        }
        return merges;
    }

    private static List<string> Merge(List<string> word, string left, string right)
    {
        var merged = new List<string>();
        for (var i = 0; i < word.Count; i++)
        {
            var match = i + 1 < word.Count && word[i] == left && word[i + 1] == right;
            merged.Add(match ? left + right : word[i]);
            if (match) i++;
        }
        return merged;
    }
}
