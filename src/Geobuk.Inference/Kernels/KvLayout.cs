using Geobuk.Models;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Where a sequence's rows lie in a cache block: [layer, part, head, position, element]. A head's positions are neighbours, so
/// attention streams; a block holds every layer, so that one table serves the whole sequence. The two parts are keys and values;
/// for latent attention, of one head, the latent with the rotated key and the indexer's keys.
/// </summary>
internal readonly record struct KvLayout(int Layers, int Heads, int FirstWidth, int SecondWidth, KeyValueType Type)
{
    /// <summary>Positions in a block.</summary>
    public const int BlockPositions = 32;

    public long FirstRowBytes { get; } = CacheKernels.RowBytes(Type, FirstWidth);
    public long SecondRowBytes { get; } = CacheKernels.RowBytes(Type, SecondWidth);
    public long BlockBytes => Layers * LayerBytes;

    private long LayerBytes => Heads * BlockPositions * (FirstRowBytes + SecondRowBytes);

    /// <summary>The layout of a model's cache.</summary>
    public static KvLayout Of(ModelConfig config, KeyValueType type) => config.Latent is { } latent
        ? new KvLayout(config.LayerCount, 1, latent.CacheWidth, latent.Indexer?.HeadSize ?? 0, type)
        : new KvLayout(config.LayerCount, config.KeyValueHeadCount, config.HeadSize, config.HeadSize, type);

    /// <summary>Byte of a block where a position's row of the first part is.</summary>
    public long First(int layer, int head, int position) =>
        layer * LayerBytes + ((long)head * BlockPositions + position % BlockPositions) * FirstRowBytes;

    /// <summary>Byte of a block where a position's row of the second part is.</summary>
    public long Second(int layer, int head, int position) =>
        layer * LayerBytes + Heads * BlockPositions * FirstRowBytes + ((long)head * BlockPositions + position % BlockPositions) * SecondRowBytes;
}
