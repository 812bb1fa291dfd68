using System.Numerics;

namespace Geobuk.Corpus.Packing;

/// <summary>Open sequences by the room they have left; finds the tightest one that fits by a scan of a bit set.</summary>
internal sealed class RoomIndex(int capacity)
{
    private readonly Stack<int>?[] _open = new Stack<int>?[capacity + 1];
    private readonly ulong[] _occupied = new ulong[capacity / 64 + 1];

    /// <summary>Takes out a sequence with the least room that is at least <paramref name="length"/>.</summary>
    public bool TryTake(int length, out int sequence, out int room)
    {
        sequence = 0;
        room = NextOccupied(length);
        if (room < 0) return false;
        var stack = _open[room]!;
        sequence = stack.Pop();
        if (stack.Count == 0) _occupied[room >> 6] &= ~(1UL << (room & 63));
        return true;
    }

    /// <summary>Puts a sequence back with its new room; a full one is forgotten.</summary>
    public void Put(int sequence, int room)
    {
        if (room == 0) return;
        (_open[room] ??= new Stack<int>()).Push(sequence);
        _occupied[room >> 6] |= 1UL << (room & 63);
    }

    private int NextOccupied(int from)
    {
        var word = from >> 6;
        var bits = _occupied[word] & (ulong.MaxValue << (from & 63));
        while (bits == 0)
        {
            if (++word == _occupied.Length) return -1;
            bits = _occupied[word];
        }
        return (word << 6) + BitOperations.TrailingZeroCount(bits);
    }
}
