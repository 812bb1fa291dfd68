using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Matrix product for quantized formats with 8-bit activations. Four rows are unpacked into scratch memory; per block of 32,
/// the integer dot is exact, and acc += dot * (weight scale * input scale) walks the blocks in order with one accumulator of
/// eight lanes per (row, token): the result depends on neither the tile nor the number of tokens or threads. The weights'
/// offsets meet the inputs' sums in a float dot product at the end.
/// </summary>
internal static unsafe class QuantizedKernel<TFormat> where TFormat : struct, IQuantizedFormat<TFormat>
{
    private const int TileRows = 4;

    /// <summary>Scratch bytes that <see cref="Multiply"/> needs.</summary>
    public static long ScratchBytes(int columns) => TileRows * RowScratch(columns);

    /// <summary>Computes rows <paramref name="first"/> to <paramref name="end"/>.</summary>
    public static void Multiply(MatrixJob* job, int first, int end, byte* scratch)
    {
        unchecked
        {
            var columns = job->Columns;
            var rows = stackalloc UnpackedRow[TileRows];
            for (var r = 0; r < TileRows; r++) rows[r] = new UnpackedRow(scratch + r * RowScratch(columns), columns, TFormat.GroupSize);
            for (var row = first; row < end; row += TileRows)
            {
                var count = Math.Min(TileRows, end - row);
                for (var r = 0; r < count; r++) Unpack(job->Weights + (row + r) * job->RowBytes, rows[r], columns);
                if (count == TileRows) MultiplyTile(job, row, rows);
                else MultiplyRows(job, row, rows, count);
            }
        }
    }

    /// <summary>One row in single precision.</summary>
    public static void Decode(byte* source, float* target, int columns, byte* scratch)
    {
        unchecked
        {
            var row = new UnpackedRow(scratch, columns, TFormat.GroupSize);
            Unpack(source, row, columns);
            for (var k = 0; k < columns; k++)
            {
                var value = TFormat.Signed ? (int)(sbyte)row.Values[k] : row.Values[k];
                var offset = TFormat.Signed ? 0 : row.Offsets[k / TFormat.GroupSize];
                target[k] = row.Scales[k / TFormat.GroupSize] * value + offset;
            }
        }
    }

    /// <summary>Bytes, scales and offsets, each starting on a cache line.</summary>
    private static long RowScratch(int columns) =>
        UnpackedRow.Align(columns) + 2 * UnpackedRow.Align(sizeof(float) * (columns / TFormat.GroupSize));

    private static void Unpack(byte* source, UnpackedRow row, int columns)
    {
        unchecked
        {
            var groups = TFormat.BlockSize / TFormat.GroupSize;
            var blocks = columns / TFormat.BlockSize;
            for (var b = 0; b < blocks; b++)
                TFormat.Unpack(source + (long)b * TFormat.BlockBytes, row.Values + b * TFormat.BlockSize, row.Scales + b * groups, row.Offsets + b * groups);
        }
    }

    private static void MultiplyTile(MatrixJob* job, int row, UnpackedRow* rows)
    {
        unchecked
        {
            var token = 0;
            for (; token + 2 <= job->Tokens; token += 2) MultiplyTwo(job, row, token, rows);
            for (; token < job->Tokens; token++) MultiplyOne(job, row, token, rows);
        }
    }

    /// <summary>Rows left over when their number is no multiple of four.</summary>
    private static void MultiplyRows(MatrixJob* job, int row, UnpackedRow* rows, int count)
    {
        unchecked
        {
            var blocks = job->Columns / ActivationRows.BlockSize;
            for (var r = 0; r < count; r++)
            {
                for (var token = 0; token < job->Tokens; token++)
                {
                    var x = job->Input.Bytes + (long)token * job->Columns;
                    var scales = job->Input.Scales + (long)token * blocks;
                    var sum = Vector256<float>.Zero;
                    for (var b = 0; b < blocks; b++) sum = Add(sum, rows[r], b, Vector256.Load(x + 32 * b), scales[b]);
                    Store(job, row + r, token, rows[r], sum);
                }
            }
        }
    }

    private static void MultiplyTwo(MatrixJob* job, int row, int token, UnpackedRow* rows)
    {
        unchecked
        {
            var blocks = job->Columns / ActivationRows.BlockSize;
            var xa = job->Input.Bytes + (long)token * job->Columns;
            var xb = xa + job->Columns;
            var sa = job->Input.Scales + (long)token * blocks;
            var sb = sa + blocks;
            UnpackedRow r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default;
            for (var b = 0; b < blocks; b++)
            {
                var a = Vector256.Load(xa + 32 * b);
                var c = Vector256.Load(xb + 32 * b);
                var (scaleA, scaleB) = (sa[b], sb[b]);
                a0 = Add(a0, r0, b, a, scaleA);
                b0 = Add(b0, r0, b, c, scaleB);
                a1 = Add(a1, r1, b, a, scaleA);
                b1 = Add(b1, r1, b, c, scaleB);
                a2 = Add(a2, r2, b, a, scaleA);
                b2 = Add(b2, r2, b, c, scaleB);
                a3 = Add(a3, r3, b, a, scaleA);
                b3 = Add(b3, r3, b, c, scaleB);
            }
            Store(job, row, token, r0, a0);
            Store(job, row + 1, token, r1, a1);
            Store(job, row + 2, token, r2, a2);
            Store(job, row + 3, token, r3, a3);
            Store(job, row, token + 1, r0, b0);
            Store(job, row + 1, token + 1, r1, b1);
            Store(job, row + 2, token + 1, r2, b2);
            Store(job, row + 3, token + 1, r3, b3);
        }
    }

    private static void MultiplyOne(MatrixJob* job, int row, int token, UnpackedRow* rows)
    {
        unchecked
        {
            var blocks = job->Columns / ActivationRows.BlockSize;
            var x = job->Input.Bytes + (long)token * job->Columns;
            var scales = job->Input.Scales + (long)token * blocks;
            UnpackedRow r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            for (var b = 0; b < blocks; b++)
            {
                var a = Vector256.Load(x + 32 * b);
                a0 = Add(a0, r0, b, a, scales[b]);
                a1 = Add(a1, r1, b, a, scales[b]);
                a2 = Add(a2, r2, b, a, scales[b]);
                a3 = Add(a3, r3, b, a, scales[b]);
            }
            Store(job, row, token, r0, a0);
            Store(job, row + 1, token, r1, a1);
            Store(job, row + 2, token, r2, a2);
            Store(job, row + 3, token, r3, a3);
        }
    }

    /// <summary>sum + (integer dot of block b) * (weight scale * input scale), lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> sum, UnpackedRow row, int b, Vector256<sbyte> inputs, float inputScale)
    {
        unchecked
        {
            var weights = Vector256.Load(row.Values + 32 * b);
            var dot = TFormat.Signed ? Lanes.DotSignedBytes(weights.AsSByte(), inputs) : Lanes.DotBytes(weights, inputs);
            var scale = TFormat.GroupSize == 32
                ? Vector256.Create(row.Scales[b] * inputScale)
                : Vector256.Create(Vector128.Create(row.Scales[2 * b] * inputScale), Vector128.Create(row.Scales[2 * b + 1] * inputScale));
            return Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(dot), scale, sum);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Store(MatrixJob* job, int row, int token, UnpackedRow weights, Vector256<float> sum)
    {
        unchecked
        {
            var value = Lanes.Sum(sum);
            if (!TFormat.Signed)
            {
                var groups = job->Columns / TFormat.GroupSize;
                var sums = TFormat.GroupSize == 32 ? job->Input.Sums32 : job->Input.Sums16;
                value += FloatDot.Dot(weights.Offsets, sums + (long)token * groups, groups);
            }
            job->Store(token, row, value);
        }
    }
}
