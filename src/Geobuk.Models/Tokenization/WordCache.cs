using System.Numerics;
using System.Runtime.InteropServices;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Words and their tokens: a table of pairs of slots that forgets what it was not asked for lately. Thread-safe without locks: entries do not
/// change, and of two threads that write one slot either may win. It grows while words keep coming, up to a size that holds most of a corpus.
/// </summary>
internal sealed class WordCache
{
    private const int FirstSlots = 1 << 12, MostSlots = 1 << 18;
    private Entry?[] _slots = new Entry?[FirstSlots];
    private int _added;

    /// <summary>The tokens of a word; null where they are not there.</summary>
    public int[]? Find(ReadOnlySpan<char> word)
    {
        var slots = _slots;
        var hash = HashOf(word);
        var slot = (int)(hash & (uint)(slots.Length - 1));
        if (slots[slot] is { } first && first.Is(word, hash)) return first.Tokens;
        return slots[slot ^ 1] is { } second && second.Is(word, hash) ? second.Tokens : null;
    }

    /// <summary>Remembers a word; what stood first in its pair moves to the second place.</summary>
    public void Add(ReadOnlySpan<char> word, int[] tokens)
    {
        var slots = _slots;
        if (Interlocked.Increment(ref _added) > slots.Length / 2 && slots.Length < MostSlots) slots = Grow(slots);
        Put(slots, new Entry(word.ToString(), HashOf(word), tokens));
    }

    private Entry?[] Grow(Entry?[] slots)
    {
        var larger = new Entry?[slots.Length * 4];
        foreach (var entry in slots)
            if (entry is not null) Put(larger, entry);
        // Another thread may have grown it too; then one of the two tables goes, with words that come again.
        Interlocked.CompareExchange(ref _slots, larger, slots);
        return _slots;
    }

    private static void Put(Entry?[] slots, Entry entry)
    {
        var slot = (int)(entry.Hash & (uint)(slots.Length - 1));
        slots[slot ^ 1] = slots[slot] ?? slots[slot ^ 1];
        slots[slot] = entry;
    }

    // Four characters at a time; words are short, and their length is part of it.
    private static uint HashOf(ReadOnlySpan<char> word)
    {
        unchecked
        {
            var hash = (ulong)word.Length * 0x9E3779B97F4A7C15UL;
            var wholes = MemoryMarshal.Cast<char, ulong>(word);
            foreach (var four in wholes) hash = BitOperations.RotateLeft((hash ^ four) * 0xD6E8FEB86659FD93UL, 31);
            foreach (var c in word[(wholes.Length * 4)..]) hash = BitOperations.RotateLeft((hash ^ c) * 0xD6E8FEB86659FD93UL, 31);
            return (uint)(hash ^ hash >> 32);
        }
    }

    private sealed class Entry(string word, uint hash, int[] tokens)
    {
        public uint Hash => hash;

        public int[] Tokens => tokens;

        public bool Is(ReadOnlySpan<char> other, uint otherHash) => hash == otherHash && other.SequenceEqual(word);
    }
}
