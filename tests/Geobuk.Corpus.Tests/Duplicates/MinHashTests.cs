using System.Text;
using CsCheck;
using Geobuk.Corpus.Duplicates;

namespace Geobuk.Corpus.Tests.Duplicates;

public class MinHashTests
{
    // Syllables in random order, so that two texts share only what they are given in common.
    private static string Text(int seed, int length)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var i = 0; i < length; i++)
        {
            if (i % 5 == 4) text.Append(' ');
            text.Append((char)('가' + random.Next(11_172)));
        }
        return text.ToString();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(2_000)]
    [InlineData(6_000)]
    public void Similarity_OfSignatures_IsNearTheExactOne(int shared)
    {
        var common = Text(1, shared);
        var errors = Enumerable.Range(0, 20).Select(seed =>
        {
            var (a, b) = (common + Text(100 + seed, 2_000), common + Text(200 + seed, 2_000));
            var exact = Shingles.Similarity(Shingles.Distinct(a, 8), Shingles.Distinct(b, 8));
            return MinHash.Similarity(MinHash.Of(a, 8), MinHash.Of(b, 8)) - exact;
        }).ToList();

        // Standard deviation at most 0.047; the mean of twenty is within 0.04, none is beyond 0.2.
        Assert.InRange(errors.Average(), -0.04, 0.04);
        Assert.All(errors, error => Assert.InRange(error, -0.2, 0.2));
    }

    [Fact]
    public void Write_AnyText_IsTheShinglesOfItsCharactersWithoutWhiteSpace()
    {
        Gen.Select(Gen.Char["가나다 \n法a"].Array[0, 60], Gen.Int[1, 9]).Sample((characters, length) =>
        {
            var text = new string(characters);
            var bare = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
            var hashes = new uint[Math.Max(1, text.Length)];

            var count = Shingles.Write(text, length, hashes);

            var expected = bare.Length == 0 ? [] : bare.Length < length ? new List<string> { bare } : [.. Enumerable.Range(0, bare.Length - length + 1).Select(i => bare.Substring(i, length))];
            Assert.Equal(expected.Count, count);
            for (var i = 0; i < count; i++)
                for (var j = 0; j < i; j++) Assert.Equal(expected[i] == expected[j], hashes[i] == hashes[j]);
        });
    }

    [Fact]
    public void Distinct_Texts_GiveRisingSetsWithExactSimilarity()
    {
        var (a, b) = (Shingles.Distinct("가나다라마", 2), Shingles.Distinct("가나다라바", 2));

        Assert.Equal(a.Order(), a);
        Assert.Equal(4, a.Length);
        Assert.Equal(3.0 / 5, Shingles.Similarity(a, b), 9);
        Assert.Equal(1, Shingles.Similarity([], []));
    }
}
