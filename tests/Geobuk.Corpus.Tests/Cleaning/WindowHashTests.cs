using CsCheck;
using Geobuk.Corpus.Cleaning;

namespace Geobuk.Corpus.Tests.Cleaning;

public class WindowHashTests
{
    [Fact]
    public void All_EqualWindows_HaveEqualHashes()
    {
        Gen.Select(Gen.Char["가나다"].Array[0, 40], Gen.Int[1, 6]).Sample((characters, length) =>
        {
            var text = new string(characters);

            var hashes = WindowHash.All(text, length);

            Assert.Equal(Math.Max(0, text.Length - length + 1), hashes.Length);
            for (var i = 0; i < hashes.Length; i++)
                for (var j = 0; j < i; j++) Assert.Equal(text.AsSpan(i, length).SequenceEqual(text.AsSpan(j, length)), hashes[i] == hashes[j]);
        });
    }

    [Fact]
    public void Anchors_OfTextsThatShareAPassage_MeetInIt()
    {
        Gen.Select(Gen.Char["가나다라"].Array[0, 30], Gen.Char["가나다라"].Array[20], Gen.Char["가나다라"].Array[0, 30], Gen.Char["가나다라"].Array[0, 30]).Sample((before, shared, otherBefore, after) =>
        {
            var (one, other) = (new string(before) + new string(shared) + new string(after), new string(otherBefore) + new string(shared));

            // Window 8 and runs of 13 windows: any 20 characters in common.
            var anchors = WindowHash.Anchors(WindowHash.All(one, 8), 13).Select(place => place - before.Length).Where(place => place is >= 0 and <= 12);
            var others = WindowHash.Anchors(WindowHash.All(other, 8), 13).Select(place => place - otherBefore.Length);

            Assert.NotEmpty(anchors.Intersect(others));
        });
    }

    [Fact]
    public void Anchors_AreTheLeastOfEveryRun()
    {
        Gen.Select(Gen.ULong[0, 9].Array[0, 40], Gen.Int[1, 7]).Sample((hashes, run) =>
        {
            var width = Math.Min(run, hashes.Length);
            var expected = hashes.Length == 0 ? [] : Enumerable.Range(0, hashes.Length - width + 1).Select(start => Enumerable.Range(start, width).MinBy(i => (hashes[i], -i))).Distinct();

            Assert.Equal(expected, WindowHash.Anchors(hashes, run));
        });
    }
}
