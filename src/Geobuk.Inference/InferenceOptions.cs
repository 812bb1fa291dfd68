using Geobuk.Inference.Kernels;

namespace Geobuk.Inference;

/// <summary>Host settings of inference. None of them changes a result beyond the rounding of the cache's type.</summary>
public sealed record InferenceOptions
{
    /// <summary>Threads of the kernels; null takes every processor.</summary>
    public int? Threads { get; init; }

    /// <summary>Longest sequence, prompt and answer together; null takes the model's own limit.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Prompt tokens computed together in one step; a long prompt yields to other sequences between chunks.</summary>
    public int PrefillChunk { get; init; } = 128;

    /// <summary>Generations that take part in steps at the same time; more wait.</summary>
    public int Parallel { get; init; } = 32;

    /// <summary>Memory for the caches of generations, taken as needed and kept; a quarter of the machine's by default.</summary>
    public long CacheBytes { get; init; } = Math.Max(64L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>Element type of the key-value cache.</summary>
    public KeyValueType KeyValueType { get; init; } = KeyValueType.F32;

    /// <summary>Instructions of the quantized kernels; null takes those of the variable GEOBUK_KERNELS, else the fastest. All give the same bits.</summary>
    public KernelPath? Kernels { get; init; }

    /// <summary>
    /// Lay quantized weights out once for the kernels, which then generate faster; otherwise they do it as they read. Of models over
    /// 64 MB the result is kept in a file in the user's cache (another folder: GEOBUK_PANELS) and mapped.
    /// </summary>
    public bool Repack { get; init; } = true;
}
