using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Kernels.Caches;

/// <summary>
/// A cache of quantized blocks. Rows hold the blocks as a file would. Of a block of keys, each group of 32 elements has the scales of
/// its 32 positions first, then line by line the codes of one byte of the block, position beside position.
/// </summary>
internal readonly unsafe struct BlockCache<TCodes> : ICacheFormat where TCodes : struct, ICacheCodes
{
    private const int Size = 32;
    private const int ScaleBytes = sizeof(ushort);
    private const int Positions = KvLayout.BlockPositions;

    private static int BlockBytes => ScaleBytes + TCodes.Bytes;

    public static bool TurnsHeads => TCodes.TurnsHeads;

    public static long RowBytes(int width) => (long)width / Size * BlockBytes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* LoadRows(byte* rows, float* scratch, int count)
    {
        unchecked
        {
            for (var target = scratch; target < scratch + count; target += Size, rows += BlockBytes)
            {
                var scale = Vector256.Create(F16Rows.Finite(rows));
                for (var part = 0; part < TCodes.Parts; part++)
                {
                    for (var j = 0; j < TCodes.Bytes; j += 8)
                        (Vector256.ConvertToSingle(TCodes.Values(rows + ScaleBytes + j, part)) * scale).Store(target + part * TCodes.Bytes + j);
                }
            }
            return scratch;
        }
    }

    public static void StoreRow(float* row, byte* target, int width)
    {
        unchecked
        {
            BlockFormat.Get(TCodes.Type).Encode(new ReadOnlySpan<float>(row, width), [], new Span<byte>(target, (int)RowBytes(width)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* LoadKeys(byte* block, float* scratch, int size)
    {
        unchecked
        {
            var scales = stackalloc float[Positions];
            for (var target = scratch; target < scratch + size * Positions; target += Size * Positions, block += BlockBytes * Positions)
            {
                F16Rows.Load(block, scales, Positions);
                var codes = block + ScaleBytes * Positions;
                for (var p = 0; p < Positions; p += 8)
                {
                    var scale = Vector256.Load(scales + p);
                    for (var j = 0; j < TCodes.Bytes; j++)
                    {
                        for (var part = 0; part < TCodes.Parts; part++)
                            (Vector256.ConvertToSingle(TCodes.Values(codes + j * Positions + p, part)) * scale).Store(target + (part * TCodes.Bytes + j) * Positions + p);
                    }
                }
            }
            return scratch;
        }
    }

    public static void StoreKey(float* key, byte* block, int position, int size)
    {
        unchecked
        {
            var row = stackalloc byte[(int)RowBytes(size)];
            StoreRow(key, row, size);
            for (var end = row + RowBytes(size); row < end; row += BlockBytes, block += BlockBytes * Positions)
            {
                ((ushort*)block)[position] = *(ushort*)row;
                for (var j = 0; j < TCodes.Bytes; j++) block[ScaleBytes * Positions + j * Positions + position] = row[ScaleBytes + j];
            }
        }
    }
}
