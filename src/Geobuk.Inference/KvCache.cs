using Geobuk.Inference.Batching;
using Geobuk.Inference.Kernels;

namespace Geobuk.Inference;

/// <summary>
/// Keys and values of one sequence, in blocks of positions that are taken as the sequence grows. Whole blocks at its beginning may be
/// shared with other sequences. Belongs to the engine that made it and is used by one thread at a time.
/// </summary>
public sealed unsafe class KvCache : IDisposable
{
    private readonly BlockPool _pool;
    private readonly NativeBuffer<nint> _table;
    private readonly List<KvBlock> _blocks = [];
    private readonly List<int> _tokens = [];

    internal KvCache(BlockPool pool, int capacity)
    {
        _pool = pool;
        Capacity = capacity;
        _table = new NativeBuffer<nint>(BlocksFor(capacity));
    }

    /// <summary>Tokens held.</summary>
    public int Length => _tokens.Count;

    /// <summary>Tokens at most.</summary>
    public int Capacity { get; }

    /// <summary>The tokens held, first to last: what a new prompt must begin with to reuse the cache.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Bytes of keys and values held, shared blocks included.</summary>
    public long Bytes => _blocks.Count * _pool.BlockBytes;

    /// <summary>Addresses of the blocks, in order of position.</summary>
    internal byte** Blocks => (byte**)_table.Pointer;

    /// <summary>Forgets every token from index <paramref name="length"/> on; the memory stays for the next ones.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        _tokens.RemoveRange(length, Length - length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _table.Dispose();
    }

    /// <summary>Blocks that so many positions need.</summary>
    internal static int BlocksFor(int length) => (int)(((long)length + KvLayout.BlockPositions - 1) / KvLayout.BlockPositions);

    /// <summary>The block of the positions from <paramref name="index"/> * <see cref="KvLayout.BlockPositions"/> on.</summary>
    internal KvBlock Block(int index) => _blocks[index];

    /// <summary>Makes room for positions below <paramref name="length"/>; false where the pool is at its limit.</summary>
    internal bool TryReserve(int length)
    {
        if (!OwnLast()) return false;
        while (_blocks.Count < BlocksFor(length))
        {
            if (_pool.TryTake() is not { } block) return false;
            Put(_blocks.Count, block);
        }
        return true;
    }

    /// <summary>Takes over a block that begins where the cache ends and holds these tokens; the others go on reading it.</summary>
    internal void Adopt(KvBlock block, ReadOnlySpan<int> tokens)
    {
        ReleaseFrom(Length / KvLayout.BlockPositions);
        _pool.Retain(block);
        Put(_blocks.Count, block);
        _tokens.AddRange(tokens);
    }

    /// <summary>Reads from now on a block that others hold with the same content; its own is given back.</summary>
    internal void Share(int index, KvBlock block)
    {
        if (_blocks[index] == block) return;
        _pool.Retain(block);
        _pool.Release(_blocks[index]);
        _blocks.RemoveAt(index);
        Put(index, block);
    }

    /// <summary>Gives every block back.</summary>
    internal void Clear()
    {
        _tokens.Clear();
        ReleaseFrom(0);
    }

    /// <summary>Counts a token in whose keys and values a step has written.</summary>
    internal void Append(int token) => _tokens.Add(token);

    /// <summary>The block that is written next must not be another's too: such a one is copied.</summary>
    private bool OwnLast()
    {
        var last = Length / KvLayout.BlockPositions;
        if (last >= _blocks.Count || _blocks[last].References == 1) return true;
        if (_pool.TryTake() is not { } copy) return false;
        Buffer.MemoryCopy(_blocks[last].Pointer, copy.Pointer, _pool.BlockBytes, _pool.BlockBytes);
        _pool.Release(_blocks[last]);
        _blocks.RemoveAt(last);
        Put(last, copy);
        return true;
    }

    private void Put(int index, KvBlock block)
    {
        _blocks.Insert(index, block);
        _table.Pointer[index] = (nint)block.Pointer;
    }

    private void ReleaseFrom(int index)
    {
        for (var i = index; i < _blocks.Count; i++) _pool.Release(_blocks[i]);
        _blocks.RemoveRange(index, _blocks.Count - index);
    }
}
