using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Batching;

/// <summary>The cache blocks of an engine. Blocks are made when first needed and, under a limit, kept for the next sequence: memory stays flat.</summary>
/// <param name="layout">What a block holds.</param>
/// <param name="limit">Blocks at most; null does not count and gives memory back at once.</param>
internal sealed class BlockPool(KvLayout layout, int? limit) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<KvBlock> _free = [];
    private int _used;
    private bool _disposed;

    /// <summary>Blocks at most.</summary>
    public int Limit => limit ?? int.MaxValue;

    /// <summary>Blocks that somebody holds.</summary>
    public int Used
    {
        get { lock (_lock) return _used; }
    }

    /// <summary>Blocks that can be had.</summary>
    public int Free => Limit - Used;

    /// <summary>Bytes of one block.</summary>
    public long BlockBytes => layout.BlockBytes;

    /// <summary>A block that the caller holds alone; null at the limit.</summary>
    public KvBlock? TryTake()
    {
        lock (_lock)
        {
            if (_used >= Limit) return null;
            if (!_free.TryPop(out var block)) block = new KvBlock(layout.BlockBytes);
            _used++;
            block.References = 1;
            return block;
        }
    }

    /// <summary>One more holds the block.</summary>
    public void Retain(KvBlock block)
    {
        lock (_lock) block.References++;
    }

    /// <summary>One less holds the block; after the last it is free.</summary>
    public void Release(KvBlock block)
    {
        lock (_lock)
        {
            if (--block.References > 0) return;
            _used--;
            if (limit is null || _disposed) block.Dispose();
            else _free.Push(block);
        }
    }

    /// <summary>Frees the memory that nobody holds now, and the rest as it comes back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            while (_free.TryPop(out var block)) block.Dispose();
        }
    }
}
