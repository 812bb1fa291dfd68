namespace Geobuk.Inference.Batching;

/// <summary>What the batching did since the engine started.</summary>
internal sealed class BatchCounts
{
    /// <summary>Prompt tokens that were found in the cache.</summary>
    public long PrefixHits { get; set; }

    /// <summary>Sequences that made room and were computed again.</summary>
    public long Preemptions { get; set; }
}
