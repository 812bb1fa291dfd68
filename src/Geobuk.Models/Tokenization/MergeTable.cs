using System.Numerics;

namespace Geobuk.Models.Tokenization;

/// <summary>Pairs of ids to their merges: open addressing with linear probing over a table at most half full. Thread-safe, since nothing changes it.</summary>
internal sealed class MergeTable
{
    /// <summary>What a pair without a merge gives; greater than every merge.</summary>
    public const long None = long.MaxValue;

    // No pair of ids packs to it: ids are not negative.
    private const long Empty = -1;

    private readonly (long Pair, long Merge)[] _slots;
    private readonly int _shift;

    /// <param name="merges">(left id &lt;&lt; 32 | right id) to (rank &lt;&lt; 32 | merged id).</param>
    public MergeTable(IReadOnlyDictionary<long, long> merges)
    {
        var bits = Math.Max(4, BitOperations.Log2((uint)Math.Max(1, merges.Count)) + 2);
        _slots = new (long, long)[1 << bits];
        _shift = 64 - bits;
        Array.Fill(_slots, (Empty, None));
        foreach (var (pair, merge) in merges)
        {
            var slot = First(pair);
            while (_slots[slot].Pair != Empty) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = (pair, merge);
        }
    }

    /// <summary>(rank &lt;&lt; 32 | merged id) of two ids, or <see cref="None"/>.</summary>
    public long Find(int left, int right)
    {
        var pair = (long)left << 32 | (uint)right;
        var slots = _slots;
        for (var slot = First(pair); ; slot = (slot + 1) & (slots.Length - 1))
        {
            ref readonly var entry = ref slots[slot];
            if (entry.Pair == pair || entry.Pair == Empty) return entry.Merge;
        }
    }

    private int First(long pair) => (int)unchecked((ulong)pair * 0x9E3779B97F4A7C15UL >> _shift);
}
