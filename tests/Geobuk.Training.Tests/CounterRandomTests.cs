namespace Geobuk.Training.Tests;

/// <summary>Other numbers would give every fresh model and adapter other weights.</summary>
public class CounterRandomTests
{
    [Theory]
    [InlineData(17, "q_proj", 0, 6886843296575197984UL)]
    [InlineData(17, "q_proj", 1, 11804550779957242834UL)]
    [InlineData(17, "q_proj", 1000, 9013208110690069774UL)]
    [InlineData(-1, "휴가", 7, 5255007389188900955UL)]
    public void Bits_KnownKeys_NeverChange(int seed, string purpose, long index, ulong expected) => Assert.Equal(expected, new CounterRandom(seed, purpose).Bits(index));

    [Fact]
    public void Normal_ManyValues_HaveTheDeviationAskedFor()
    {
        var values = new CounterRandom(5, "embed").Normal(20_000, 0.02);

        Assert.Equal(0, values.Average(), 6e-4);
        Assert.Equal(0.02, Math.Sqrt(values.Average(value => (double)value * value)), 4e-4);
    }
}
