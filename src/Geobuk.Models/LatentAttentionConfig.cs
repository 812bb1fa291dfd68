namespace Geobuk.Models;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): queries and keys with values come out of low-rank latents, and one
/// rotated key part is shared by all heads, so that a position's cache is the latent and that part.
/// </summary>
public sealed record LatentAttentionConfig
{
    /// <summary>Epsilon of the latents' norms: the published models leave it at the class's own, whatever rms_norm_eps says.</summary>
    public const double NormEpsilon = 1e-6;

    /// <summary>Width of the latent of the queries; null where they come straight out of the input.</summary>
    public required int? QueryRank { get; init; }
    /// <summary>Width of the latent of keys and values.</summary>
    public required int KeyValueRank { get; init; }
    /// <summary>Part of a head's query and key without positions.</summary>
    public required int PlainHeadSize { get; init; }
    /// <summary>Part of a head's query and key that RoPE turns.</summary>
    public required int RotaryHeadSize { get; init; }
    /// <summary>In checkpoints RoPE turns element i of that part with element i + half; else neighbours.</summary>
    public bool RotatesHalves { get; init; }
    /// <summary>Width of a head's value.</summary>
    public required int ValueHeadSize { get; init; }
    /// <summary>The output of every head is multiplied with the sigmoid of a gate that reads the latent of the queries.</summary>
    public bool OutputGate { get; init; }
    /// <summary>Sparse attention; null reads every position.</summary>
    public IndexerConfig? Indexer { get; init; }

    /// <summary>Width of a head's query and key.</summary>
    public int KeyHeadSize => PlainHeadSize + RotaryHeadSize;
    /// <summary>Numbers per position and layer in the cache, the indexer's keys apart.</summary>
    public int CacheWidth => KeyValueRank + RotaryHeadSize;
}
