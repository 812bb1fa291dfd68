namespace Geobuk.Models.Sizes;

/// <summary>
/// Numbers that the cache holds for every token of a context. Grouped attention keeps keys and values of every key-value head,
/// latent attention one latent with the rotated key part for all heads; a sparse indexer keeps keys of its own.
/// </summary>
/// <param name="KeysAndValues">Numbers for the attention, all layers together.</param>
/// <param name="IndexerKeys">Numbers for the indexer, all layers together.</param>
/// <param name="Heads">Heads that GPUs can divide among themselves; 1 where every GPU needs the whole.</param>
public readonly record struct CacheSize(long KeysAndValues, long IndexerKeys, int Heads)
{
    /// <summary>Both.</summary>
    public long Numbers => KeysAndValues + IndexerKeys;

    /// <summary>The cache of a model.</summary>
    public static CacheSize Of(ModelConfig config) => config.Latent is { } latent
        ? new CacheSize((long)config.LayerCount * latent.CacheWidth, (long)config.LayerCount * (latent.Indexer?.HeadSize ?? 0), 1)
        : new CacheSize((long)config.LayerCount * config.KeyValueHeadCount * (config.HeadSize + config.ValueHeadSize), 0, config.KeyValueHeadCount);
}
