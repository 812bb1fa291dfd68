using CsCheck;
using Geobuk.Inference.Kernels;
using Geobuk.Inference.Kernels.Caches;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels.Caches;

public unsafe class CacheFormatTests
{
    [Theory]
    [InlineData(GgmlType.F32)]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.Q8_0)]
    [InlineData(GgmlType.Q4_0)]
    public void StoreAndLoad_OfRandomRows_GiveWhatTheFormatOfFilesGives(GgmlType type)
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 32], Gen.Int).Sample((groups, positions, seed) =>
        {
            var (size, random) = (32 * groups, new Random(seed));
            float[][] rows = [.. Enumerable.Range(0, positions).Select(_ => Enumerable.Range(0, size).Select(_ => (float)(random.NextDouble() - 0.5) * MathF.Pow(10, random.Next(-3, 3))).ToArray())];
            var (gotRows, gotKeys) = type switch
            {
                GgmlType.F32 => RoundTrip<FloatCache<F32Rows>>(rows),
                GgmlType.F16 => RoundTrip<FloatCache<F16Rows>>(rows),
                GgmlType.Q8_0 => RoundTrip<BlockCache<Q8_0Codes>>(rows),
                _ => RoundTrip<BlockCache<Q4_0Codes>>(rows),
            };
            var want = rows.Select(row => Rounded(type, row)).ToArray();
            Assert.Equal(want, gotRows);
            Assert.Equal(want, gotKeys);
        }, iter: 30);
    }

    /// <summary>What a block format makes of a row.</summary>
    internal static float[] Rounded(GgmlType type, float[] row)
    {
        var format = BlockFormat.Get(type);
        var data = new byte[format.Bytes(row.Length)];
        format.Encode(row, [], data);
        var values = new float[row.Length];
        format.Decode(data, values);
        return values;
    }

    private static (float[][] Rows, float[][] Keys) RoundTrip<TCache>(float[][] rows) where TCache : struct, ICacheFormat
    {
        var size = rows[0].Length;
        using var stored = new NativeBuffer<byte>(KvLayout.BlockPositions * TCache.RowBytes(size));
        using var keys = new NativeBuffer<byte>(KvLayout.BlockPositions * TCache.RowBytes(size));
        using var scratch = new NativeBuffer<float>(KvLayout.BlockPositions * size);
        for (var p = 0; p < rows.Length; p++)
        {
            fixed (float* row = rows[p])
            {
                TCache.StoreRow(row, stored.Pointer + p * TCache.RowBytes(size), size);
                TCache.StoreKey(row, keys.Pointer, p, size);
            }
        }
        var loaded = TCache.LoadRows(stored.Pointer, scratch.Pointer, rows.Length * size);
        float[][] gotRows = [.. Enumerable.Range(0, rows.Length).Select(p => new Span<float>(loaded + p * size, size).ToArray())];
        var transposed = TCache.LoadKeys(keys.Pointer, scratch.Pointer, size);
        var gotKeys = new float[rows.Length][];
        for (var p = 0; p < rows.Length; p++)
        {
            gotKeys[p] = new float[size];
            for (var e = 0; e < size; e++) gotKeys[p][e] = transposed[e * KvLayout.BlockPositions + p];
        }
        return (gotRows, gotKeys);
    }
}
