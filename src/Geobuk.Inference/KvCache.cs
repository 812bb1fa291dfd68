using Geobuk.Inference.Kernels;

namespace Geobuk.Inference;

/// <summary>
/// Keys and values of one sequence, in blocks of positions that are allocated as the sequence grows. Belongs to the engine that
/// made it and is used by one thread at a time.
/// </summary>
public sealed unsafe class KvCache : IDisposable
{
    private readonly KvLayout _layout;
    private readonly NativeBuffer<nint> _table;
    private readonly List<NativeBuffer<byte>> _blocks = [];
    private readonly List<int> _tokens = [];

    internal KvCache(KvLayout layout, int capacity)
    {
        _layout = layout;
        Capacity = capacity;
        _table = new NativeBuffer<nint>(BlocksFor(capacity));
    }

    /// <summary>Tokens held.</summary>
    public int Length => _tokens.Count;

    /// <summary>Tokens at most.</summary>
    public int Capacity { get; }

    /// <summary>The tokens held, first to last: what a new prompt must begin with to reuse the cache.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>Bytes of keys and values allocated.</summary>
    public long Bytes => _blocks.Count * _layout.BlockBytes;

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
        _tokens.Clear();
        _blocks.ForEach(block => block.Dispose());
        _blocks.Clear();
        _table.Dispose();
    }

    /// <summary>Makes room for positions below <paramref name="length"/>.</summary>
    internal void Reserve(int length)
    {
        while (_blocks.Count < BlocksFor(length))
        {
            var block = new NativeBuffer<byte>(_layout.BlockBytes);
            _table.Pointer[_blocks.Count] = (nint)block.Pointer;
            _blocks.Add(block);
        }
    }

    /// <summary>Counts a token in whose keys and values a step has written.</summary>
    internal void Append(int token) => _tokens.Add(token);

    private static int BlocksFor(int length) => (length + KvLayout.BlockPositions - 1) / KvLayout.BlockPositions;
}
