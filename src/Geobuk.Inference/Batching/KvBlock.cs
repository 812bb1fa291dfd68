using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Batching;

/// <summary>Memory for the keys and values of <see cref="KvLayout.BlockPositions"/> positions, of every layer. Several may read it; who writes must be alone.</summary>
internal sealed unsafe class KvBlock(long bytes) : IDisposable
{
    private readonly NativeBuffer<byte> _memory = new(bytes);

    public byte* Pointer => _memory.Pointer;

    /// <summary>Caches and prefix trees that hold it.</summary>
    public int References { get; set; }

    public void Dispose() => _memory.Dispose();
}
