using Geobuk.Corpus.Packing;

namespace Geobuk.Corpus.Tests.Packing;

/// <summary>Other numbers would pack every corpus anew, and no interrupted training could continue.</summary>
public class CounterRandomTests
{
    [Theory]
    [InlineData(0, 16453178633326507517UL)]
    [InlineData(1, 12241039505410456196UL)]
    [InlineData(1000, 17149015324125896045UL)]
    public void Item_KnownKeys_NeverChanges(long counter, ulong expected) => Assert.Equal(expected, new CounterRandom(17, 2, 3)[counter]);

    [Fact]
    public void Below_KnownKeys_NeverChanges() => Assert.Equal(629, new CounterRandom(17, 2, 3).Below(5, 1000));
}
