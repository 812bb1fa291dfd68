namespace Geobuk.Samples.Generator;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine and every version of .NET.</summary>
internal sealed class DeterministicRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number in [0, bound).</summary>
    public int Next(int bound) => (int)(NextBits() % (ulong)bound);

    /// <summary>Fisher-Yates, in place.</summary>
    public void Shuffle<T>(T[] items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private ulong NextBits()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
