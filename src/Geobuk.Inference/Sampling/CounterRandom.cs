using Geobuk.Models;

namespace Geobuk.Inference.Sampling;

/// <summary>
/// Uniform numbers as a function of (seed, position): no state, so a sequence draws the same whatever runs beside it. Two rounds of
/// <see cref="SplitMix64"/>.
/// </summary>
internal static class CounterRandom
{
    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public static double Uniform(long seed, long position)
    {
        unchecked
        {
            var key = SplitMix64.Mix((ulong)seed + SplitMix64.Increment);
            return (SplitMix64.Mix(key + SplitMix64.Increment * ((ulong)position + 1)) >> 11) * (1.0 / (1L << 53));
        }
    }
}
