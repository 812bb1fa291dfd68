using Geobuk.Models;

namespace Geobuk.Corpus.Packing;

/// <summary>
/// Random numbers as a pure function of (seed, epoch, stream, counter): <see cref="SplitMix64"/>
/// applied per word. No state, so any number can be had in any order, and a resumed run sees the same ones.
/// </summary>
internal readonly struct CounterRandom(ulong seed, int epoch, uint stream)
{
    private readonly ulong _key = Mix(Mix(seed) ^ unchecked((ulong)(uint)epoch << 32 | stream));

    /// <summary>64 random bits.</summary>
    public ulong this[long counter] => Mix(_key ^ unchecked((ulong)counter * 0xD1B54A32D192ED03UL));

    /// <summary>A number from 0 to below <paramref name="bound"/>; the bias is below bound / 2^64.</summary>
    public int Below(long counter, int bound) => (int)Math.BigMul(this[counter], (ulong)bound, out _);

    private static ulong Mix(ulong value) => SplitMix64.Mix(unchecked(value + SplitMix64.Increment));
}
