using Geobuk.Inference.Sampling;

namespace Geobuk.Inference.Tests.Sampling;

/// <summary>Other numbers would answer a request with a seed differently than before.</summary>
public class CounterRandomTests
{
    [Theory]
    [InlineData(0, 0, 0.6524484863740322)]
    [InlineData(17, 5, 0.6332920396722399)]
    [InlineData(-1, 1000, 0.033884161635479915)]
    public void Uniform_KnownSeeds_NeverChanges(long seed, long position, double expected) => Assert.Equal(expected, CounterRandom.Uniform(seed, position));
}
