using CsCheck;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

/// <summary>Fewer tokens: the same text comes back, and texts whose tokens all stay are cut as before.</summary>
public class VocabularyTrimTests
{
    private static readonly Tokenizer s_whole = SampleTokenizer.Load();

    [Theory]
    [InlineData(300)]
    [InlineData(350)]
    [InlineData(420)]
    public void Trim_AnyText_ReadsTheSame(int most)
    {
        var kept = Choose(most);
        var small = s_whole.Trim(kept);

        Assert.InRange(kept.Length, most - 3, most);
        Assert.Equal(kept.Length, small.VocabularySize);
        foreach (var text in SampleTokenizer.HardTexts.Concat(SampleTokenizer.Corpus()))
        {
            var ids = small.Encode(text);
            Assert.Equal(s_whole.Decode(s_whole.Encode(text), skipSpecialTokens: false), small.Decode(ids, skipSpecialTokens: false));
            var before = s_whole.Encode(text);
            if (before.All(id => Array.BinarySearch(kept, id) >= 0)) Assert.Equal(before, ids.Select(id => kept[id]));
        }
    }

    [Fact]
    public void Trim_ByRandomImportance_StaysClosed() =>
        Gen.Shuffle(Enumerable.Range(0, s_whole.VocabularySize).ToArray()).Select(Gen.Int[290, 449]).Sample((order, most) =>
        {
            var small = s_whole.Trim(s_whole.ChooseVocabulary(order, most));
            // Every token that is no byte and no special one can be made by merging.
            for (var id = 0; id < small.VocabularySize; id++)
                if (!small.IsSpecial(id) && small.Decode([id]) is var text && !text.Contains('\uFFFD') && text.Length > 0 && small.Encode(text, parseSpecialTokens: false) is [var only]) Assert.Equal(id, only);
            foreach (var text in SampleTokenizer.HardTexts) Assert.Equal(s_whole.Decode(s_whole.Encode(text)), small.Decode(small.Encode(text)));
        }, iter: 20);

    [Fact]
    public void ChooseVocabulary_TooFew_IsRefused() =>
        Assert.Contains("--vocab: is 10; expected at least", Assert.Throws<UserInputException>(() => s_whole.ChooseVocabulary([], 10)).Message);

    private static int[] Choose(int most)
    {
        var counts = new int[s_whole.VocabularySize];
        foreach (var id in SampleTokenizer.Corpus().SelectMany(text => s_whole.Encode(text))) counts[id]++;
        return s_whole.ChooseVocabulary(Enumerable.Range(0, counts.Length).OrderByDescending(id => counts[id]).ThenBy(id => id), most);
    }
}
