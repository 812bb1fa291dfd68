using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

public class WordCacheTests
{
    [Fact]
    public void Find_FromManyThreads_GivesAWordsOwnTokensOrNone()
    {
        var cache = new WordCache();
        var known = 0;
        Parallel.For(0, 60_000, i =>
        {
            var word = $"낱말{i % 20_000}";
            if (cache.Find(word) is { } tokens)
            {
                Assert.Equal([i % 20_000, word.Length], tokens);
                Interlocked.Increment(ref known);
            }
            else cache.Add(word, [i % 20_000, word.Length]);
        });
        Assert.InRange(known, 1, 40_000);
        Assert.Null(cache.Find("다른 말"));
    }

    [Fact]
    public void Find_PartOfALongerText_IsTheWordAlone()
    {
        var cache = new WordCache();
        cache.Add("병역", [1]);
        Assert.Equal([1], cache.Find("병역법 제5조".AsSpan(0, 2))!);
        Assert.Null(cache.Find("병역법"));
    }
}
