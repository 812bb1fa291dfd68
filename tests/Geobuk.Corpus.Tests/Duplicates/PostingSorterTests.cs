using CsCheck;
using Geobuk.Corpus.Duplicates;

namespace Geobuk.Corpus.Tests.Duplicates;

public sealed class PostingSorterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Sorted_AnyCapacity_IsTheSameOrder()
    {
        var posting = Gen.Select(Gen.ULong[0, 9], Gen.Int[0, 9], Gen.Int[0, 9], (key, item, place) => new Posting(key, item, place));
        Gen.Select(posting.Array[0, 200], Gen.Int[1, 50]).Sample((postings, capacity) =>
        {
            using var sorter = new PostingSorter(Path.Combine(_folder, Guid.NewGuid().ToString()), capacity);
            foreach (var one in postings) sorter.Add(one);

            Assert.Equal(postings.Order(), sorter.Sorted().ToList());
        });
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Groups_OfSpilledRuns_AreTheKeysThatRepeat()
    {
        using var sorter = new PostingSorter(Path.Combine(_folder, "runs"), 3);
        foreach (var (key, item) in new[] { (5UL, 1), (2UL, 7), (5UL, 0), (9UL, 3), (2UL, 4), (5UL, 8), (1UL, 2) }) sorter.Add(new Posting(key, item, 0));

        var groups = sorter.Groups().Select(group => string.Join(' ', group.Select(posting => $"{posting.Key}:{posting.Item}")));

        Assert.Equal(["2:4 2:7", "5:0 5:1 5:8"], groups);
    }
}
