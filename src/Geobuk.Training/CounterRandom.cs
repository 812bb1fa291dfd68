using System.Text;
using Geobuk.Models;

namespace Geobuk.Training;

/// <summary>
/// Randomness without state: a value is a hash (<see cref="SplitMix64"/>) of (seed, purpose, index), so nothing
/// needs saving to resume exactly.
/// </summary>
public sealed class CounterRandom
{
    private readonly ulong _key;

    /// <summary>A stream for one purpose.</summary>
    public CounterRandom(int seed, string purpose)
    {
        unchecked
        {
            _key = SplitMix64.Mix((ulong)seed + SplitMix64.Increment);
            foreach (var b in Encoding.UTF8.GetBytes(purpose)) _key = SplitMix64.Mix(_key ^ b);
        }
    }

    /// <summary>Uniform 64 bits at an index.</summary>
    public ulong Bits(long index) => unchecked(SplitMix64.Mix(_key + (ulong)index * SplitMix64.Increment));

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
}
