using System.Text;

namespace Geobuk.Training;

/// <summary>
/// Randomness without state: a value is a hash of (seed, purpose, index), so nothing needs saving to resume exactly.
/// The mixer is SplitMix64's finaliser (Steele, Lea and Flood 2014).
/// </summary>
public sealed class CounterRandom
{
    private readonly ulong _key;

    /// <summary>A stream for one purpose.</summary>
    public CounterRandom(int seed, string purpose)
    {
        unchecked
        {
            _key = Mix((ulong)seed + 0x9E3779B97F4A7C15);
            foreach (var b in Encoding.UTF8.GetBytes(purpose)) _key = Mix(_key ^ b);
        }
    }

    /// <summary>Uniform 64 bits at an index.</summary>
    public ulong Bits(long index) => unchecked(Mix(_key + (ulong)index * 0x9E3779B97F4A7C15));

    /// <summary>Uniform in (0, 1].</summary>
    public double Uniform(long index) => ((Bits(index) >> 11) + 1) / (double)(1L << 53);

    /// <summary>Normal values of the given deviation, by Box and Muller.</summary>
    public float[] Normal(long count, double deviation)
    {
        var values = new float[count];
        for (long i = 0; i < count; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(Uniform(2 * i))) * Math.Cos(2 * Math.PI * Uniform(2 * i + 1)));
        return values;
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
