namespace Geobuk.Inference.Sampling;

/// <summary>
/// Uniform numbers as a function of (seed, position): no state, so a sequence draws the same whatever runs beside it. Two rounds of
/// the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
/// </summary>
internal static class CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public static double Uniform(long seed, long position)
    {
        unchecked
        {
            var key = Mix((ulong)seed + Golden);
            return (Mix(key + Golden * ((ulong)position + 1)) >> 11) * (1.0 / (1L << 53));
        }
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            return z ^ z >> 31;
        }
    }
}
