using System.Runtime.Intrinsics;
using Geobuk.Inference.Kernels.Caches;
using Geobuk.Inference.Kernels.InstructionSets;
using Geobuk.Models;

namespace Geobuk.Inference.Kernels;

/// <summary>The loops that touch the cache, chosen at run time: the table from <see cref="KeyValueType"/> and <see cref="KernelPath"/> to code.</summary>
internal sealed unsafe class CacheKernels
{
    private CacheKernels()
    {
    }

    public delegate*<void*, int, int, void> StoreGrouped { get; private init; }
    public delegate*<void*, int, int, void> AttendGrouped { get; private init; }
    public delegate*<void*, int, int, void> StoreLatent { get; private init; }
    public delegate*<void*, int, int, void> AttendLatent { get; private init; }
    public delegate*<void*, int, int, void> StoreIndexer { get; private init; }
    public delegate*<void*, int, int, void> SelectIndexer { get; private init; }

    public static CacheKernels Of(KeyValueType type, KernelPath path) => type switch
    {
        KeyValueType.F32 => Of<FloatCache<F32Rows>>(path),
        KeyValueType.F16 => Of<FloatCache<F16Rows>>(path),
        KeyValueType.Q8_0 => Of<BlockCache<Q8_0Codes>>(path),
        KeyValueType.Q4_0 => Of<BlockCache<Q4_0Codes>>(path),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Bytes of a row of so many numbers.</summary>
    public static long RowBytes(KeyValueType type, int width) => type switch
    {
        KeyValueType.F32 => FloatCache<F32Rows>.RowBytes(width),
        KeyValueType.F16 => FloatCache<F16Rows>.RowBytes(width),
        KeyValueType.Q8_0 => BlockCache<Q8_0Codes>.RowBytes(width),
        KeyValueType.Q4_0 => BlockCache<Q4_0Codes>.RowBytes(width),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>What keeps a model's cache from having a type; null where nothing does.</summary>
    public static string? Problem(KeyValueType type, ModelConfig config)
    {
        if (type is KeyValueType.F32 or KeyValueType.F16) return null;
        int[] widths = config.Latent is { } latent ? [latent.CacheWidth, latent.Indexer?.HeadSize ?? 0] : [config.HeadSize];
        return widths.FirstOrDefault(width => width % 32 != 0) is var width and not 0
            ? $"key-value cache: {type.ToString().ToLowerInvariant()} for rows of {width} numbers; expected a multiple of 32, as its blocks hold 32. Take f16."
            : null;
    }

    private static CacheKernels Of<TCache>(KernelPath path) where TCache : struct, ICacheFormat => path switch
    {
        KernelPath.Avx512 => Of<TCache, Wide512, Vector512<byte>>(),
        KernelPath.AvxVnni or KernelPath.Avx2 => Of<TCache, Wide256, Vector256<byte>>(),
        KernelPath.Portable => Of<TCache, Wide128, Vector128<byte>>(),
        _ => Of<TCache, Scalar, uint>(),
    };

    private static CacheKernels Of<TCache, TSet, V>() where TCache : struct, ICacheFormat where TSet : struct, IInstructionSet<V> where V : unmanaged => new()
    {
        StoreGrouped = &AttentionKernel<TCache, TSet, V>.RotateAndStore,
        AttendGrouped = &AttentionKernel<TCache, TSet, V>.Attend,
        StoreLatent = &LatentKernel<TCache>.RotateAndStore,
        AttendLatent = &LatentKernel<TCache>.Attend,
        StoreIndexer = &IndexerKernel<TCache>.RotateAndStore,
        SelectIndexer = &IndexerKernel<TCache>.Select,
    };
}
