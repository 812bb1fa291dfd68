namespace Geobuk.Inference.Kernels.Caches;

/// <summary>A cache of floats of any width.</summary>
internal readonly unsafe struct FloatCache<TFormat> : ICacheFormat where TFormat : struct, IFloatFormat<TFormat>
{
    public static bool TurnsHeads => false;

    public static long RowBytes(int width) => (long)width * TFormat.ElementBytes;

    public static float* LoadRows(byte* rows, float* scratch, int count) => TFormat.Load(rows, scratch, count);

    public static void StoreRow(float* row, byte* target, int width) => TFormat.Store(row, target, width);

    public static float* LoadKeys(byte* block, float* scratch, int size) => TFormat.Load(block, scratch, KvLayout.BlockPositions * size);

    public static void StoreKey(float* key, byte* block, int position, int size)
    {
        unchecked
        {
            for (var e = 0; e < size; e++) TFormat.Store(key + e, block + ((long)e * KvLayout.BlockPositions + position) * TFormat.ElementBytes, 1);
        }
    }
}
