using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Matrix product for float formats. Four rows are widened to single precision in scratch memory and multiplied with tiles of
/// three tokens, then of one. Every (row, token) has one accumulator of eight lanes that walks the columns in order, so the
/// result depends on neither the tile nor the number of tokens or threads.
/// </summary>
internal static unsafe class FloatKernel<TFormat> where TFormat : struct, IFloatFormat<TFormat>
{
    private const int TileRows = 4;
    private const int TileTokens = 3;

    /// <summary>Computes rows <paramref name="first"/> to <paramref name="end"/> for the tokens of the range.</summary>
    public static void Multiply(MatrixJob* job, int first, int end, int firstToken, int endToken, byte* scratch)
    {
        unchecked
        {
            var rows = stackalloc float*[TileRows];
            for (var row = first; row < end; row += TileRows)
            {
                var count = Math.Min(TileRows, end - row);
                for (var r = 0; r < count; r++)
                    rows[r] = TFormat.Load(job->Weights + (row + r) * job->RowBytes, (float*)scratch + (long)r * job->Columns, job->Columns);
                if (count == TileRows) MultiplyTile(job, row, rows, firstToken, endToken);
                else MultiplyRows(job, row, rows, count, firstToken, endToken);
            }
        }
    }

    /// <summary>Scratch bytes that <see cref="Multiply"/> needs.</summary>
    public static long ScratchBytes(int columns) => (long)TileRows * columns * sizeof(float);

    private static void MultiplyTile(MatrixJob* job, int row, float** rows, int token, int endToken)
    {
        unchecked
        {
            for (; token + TileTokens <= endToken; token += TileTokens) MultiplyThree(job, row, token, rows);
            for (; token < endToken; token++) MultiplyOne(job, row, token, rows);
        }
    }

    /// <summary>Rows left over when their number is no multiple of four.</summary>
    private static void MultiplyRows(MatrixJob* job, int row, float** rows, int count, int firstToken, int endToken)
    {
        unchecked
        {
            for (var r = 0; r < count; r++)
            {
                for (var token = firstToken; token < endToken; token++)
                    job->Store(token, row + r, FloatDot.Dot(rows[r], job->Input.Values + (long)token * job->Columns, job->Columns));
            }
        }
    }

    private static void MultiplyThree(MatrixJob* job, int row, int token, float** rows)
    {
        unchecked
        {
            var columns = job->Columns;
            float* w0 = rows[0], w1 = rows[1], w2 = rows[2], w3 = rows[3];
            var xa = job->Input.Values + (long)token * columns;
            float* xb = xa + columns, xc = xb + columns;
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default;
            Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default;
            var whole = columns & -8;
            for (var k = 0; k < whole; k += 8)
            {
                var a = Vector256.Load(xa + k);
                var b = Vector256.Load(xb + k);
                var c = Vector256.Load(xc + k);
                var w = Vector256.Load(w0 + k);
                a0 = Vector256.MultiplyAddEstimate(w, a, a0);
                b0 = Vector256.MultiplyAddEstimate(w, b, b0);
                c0 = Vector256.MultiplyAddEstimate(w, c, c0);
                w = Vector256.Load(w1 + k);
                a1 = Vector256.MultiplyAddEstimate(w, a, a1);
                b1 = Vector256.MultiplyAddEstimate(w, b, b1);
                c1 = Vector256.MultiplyAddEstimate(w, c, c1);
                w = Vector256.Load(w2 + k);
                a2 = Vector256.MultiplyAddEstimate(w, a, a2);
                b2 = Vector256.MultiplyAddEstimate(w, b, b2);
                c2 = Vector256.MultiplyAddEstimate(w, c, c2);
                w = Vector256.Load(w3 + k);
                a3 = Vector256.MultiplyAddEstimate(w, a, a3);
                b3 = Vector256.MultiplyAddEstimate(w, b, b3);
                c3 = Vector256.MultiplyAddEstimate(w, c, c3);
            }
            StoreFour(job, row, token, rows, a0, a1, a2, a3);
            StoreFour(job, row, token + 1, rows, b0, b1, b2, b3);
            StoreFour(job, row, token + 2, rows, c0, c1, c2, c3);
        }
    }

    private static void MultiplyOne(MatrixJob* job, int row, int token, float** rows)
    {
        unchecked
        {
            var columns = job->Columns;
            float* w0 = rows[0], w1 = rows[1], w2 = rows[2], w3 = rows[3];
            var x = job->Input.Values + (long)token * columns;
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            var whole = columns & -8;
            for (var k = 0; k < whole; k += 8)
            {
                var a = Vector256.Load(x + k);
                a0 = Vector256.MultiplyAddEstimate(Vector256.Load(w0 + k), a, a0);
                a1 = Vector256.MultiplyAddEstimate(Vector256.Load(w1 + k), a, a1);
                a2 = Vector256.MultiplyAddEstimate(Vector256.Load(w2 + k), a, a2);
                a3 = Vector256.MultiplyAddEstimate(Vector256.Load(w3 + k), a, a3);
            }
            StoreFour(job, row, token, rows, a0, a1, a2, a3);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreFour(
        MatrixJob* job, int row, int token, float** rows, Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3)
    {
        unchecked
        {
            var x = job->Input.Values + (long)token * job->Columns;
            job->Store(token, row, FloatDot.Finish(a0, rows[0], x, job->Columns));
            job->Store(token, row + 1, FloatDot.Finish(a1, rows[1], x, job->Columns));
            job->Store(token, row + 2, FloatDot.Finish(a2, rows[2], x, job->Columns));
            job->Store(token, row + 3, FloatDot.Finish(a3, rows[3], x, job->Columns));
        }
    }
}
