namespace Geobuk.Inference.Kernels;

/// <summary>
/// Where keys and values lie in a cache block: [layer, key or value, head, position, element]. A head's positions are neighbours,
/// so attention streams; a block holds every layer, so that one table serves the whole sequence.
/// </summary>
internal readonly record struct KvLayout(int Layers, int Heads, int HeadSize, int ElementBytes)
{
    /// <summary>Positions in a block.</summary>
    public const int BlockPositions = 32;

    public long RowBytes => (long)HeadSize * ElementBytes;
    public long BlockBytes => 2L * Layers * Heads * BlockPositions * RowBytes;

    /// <summary>Byte of a block where the keys of a head begin; the values are <see cref="ValueOffset"/> further.</summary>
    public long KeyOffset(int layer, int head) => (2L * layer * Heads + head) * BlockPositions * RowBytes;

    public long ValueOffset => (long)Heads * BlockPositions * RowBytes;
}
