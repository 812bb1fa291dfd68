namespace Geobuk.Inference.Kernels.Caches;

/// <summary>
/// How numbers lie in the cache. Values, latents and the indexer's keys are rows, one after the other. Keys are transposed, so that
/// lanes are positions: a block of <see cref="KvLayout.BlockPositions"/> of them takes as many bytes as their rows would.
/// </summary>
internal unsafe interface ICacheFormat
{
    /// <summary>Heads of keys and values are turned by <see cref="Hadamard"/> before they are rounded, and queries with them.</summary>
    static abstract bool TurnsHeads { get; }

    /// <summary>Bytes of a row of so many numbers.</summary>
    static abstract long RowBytes(int width);

    /// <summary>Neighbouring rows in single precision: in place, or in <paramref name="scratch"/>; <paramref name="count"/> numbers.</summary>
    static abstract float* LoadRows(byte* rows, float* scratch, int count);

    /// <summary>Stores a row.</summary>
    static abstract void StoreRow(float* row, byte* target, int width);

    /// <summary>A block of keys, [element, position], in single precision: in place, or in <paramref name="scratch"/>.</summary>
    static abstract float* LoadKeys(byte* block, float* scratch, int size);

    /// <summary>Stores a key at its position in the block.</summary>
    static abstract void StoreKey(float* key, byte* block, int position, int size);
}
