using CsCheck;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

public class MergeTableTests
{
    [Fact]
    public void Find_AnyPairs_AnswersAsADictionaryDoes()
    {
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 40], Gen.Long[0, long.MaxValue - 1]).Array[0, 200].Sample(drawn =>
        {
            var merges = drawn.GroupBy(one => (one.Item1, one.Item2)).ToDictionary(group => group.Key, group => group.First().Item3);
            var table = new MergeTable(merges.ToDictionary(merge => (long)merge.Key.Item1 << 32 | (uint)merge.Key.Item2, merge => merge.Value));

            for (var left = 0; left <= 41; left++)
                for (var right = 0; right <= 41; right++)
                    Assert.Equal(merges.GetValueOrDefault((left, right), MergeTable.None), table.Find(left, right));
        });
    }

    [Fact]
    public void Find_LargestIds_AreToldApart()
    {
        var table = new MergeTable(new Dictionary<long, long> { [(long)int.MaxValue << 32 | int.MaxValue] = 7, [(long)int.MaxValue << 32] = 8 });

        Assert.Equal((7, 8, MergeTable.None), (table.Find(int.MaxValue, int.MaxValue), table.Find(int.MaxValue, 0), table.Find(0, int.MaxValue)));
    }
}
