using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>Products of small fp32 matrices that lie in the caches; a sum's order depends on its length alone.</summary>
internal static unsafe class TileProduct
{
    /// <summary>Rows that are computed together; their number is a multiple of it.</summary>
    public const int Rows = 4;
    /// <summary>Columns of a vector; their number is a multiple of it.</summary>
    public const int Lanes = 16;

    private const int Wide = 4 * Lanes;

    /// <summary>C += A B.</summary>
    /// <param name="c">[rows, columns].</param>
    /// <param name="cStride">From a row of C to the next.</param>
    /// <param name="a">[rows, depth].</param>
    /// <param name="aRow">From a row of A to the next.</param>
    /// <param name="aColumn">From a column of A to the next.</param>
    /// <param name="b">[depth, columns].</param>
    /// <param name="bStride">From a row of B to the next.</param>
    /// <param name="rows">A multiple of <see cref="Rows"/>.</param>
    /// <param name="columns">A multiple of <see cref="Lanes"/>.</param>
    /// <param name="depth">Terms of a sum.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* c, int cStride, float* a, int aRow, int aColumn, float* b, int bStride, int rows, int columns, int depth)
    {
        for (var row = 0; row < rows; row += Rows)
        {
            var column = 0;
            for (; column <= columns - Wide; column += Wide) AddWide(c + row * cStride + column, cStride, a + row * aRow, aRow, aColumn, b + column, bStride, depth);
            for (; column < columns; column += Lanes) AddNarrow(c + row * cStride + column, cStride, a + row * aRow, aRow, aColumn, b + column, bStride, depth);
        }
    }

    /// <summary>Four rows of four vectors: sixteen sums in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWide(float* c, int cStride, float* a, int aRow, int aColumn, float* b, int bStride, int depth)
    {
        Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        float* a0 = a, a1 = a + aRow, a2 = a + 2 * aRow, a3 = a + 3 * aRow;
        for (var k = 0; k < depth; k++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), b2 = Vector512.Load(b + 32), b3 = Vector512.Load(b + 48);
            var factor = Vector512.Create(*a0);
            c00 = Vector512.FusedMultiplyAdd(factor, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(factor, b1, c01);
            c02 = Vector512.FusedMultiplyAdd(factor, b2, c02);
            c03 = Vector512.FusedMultiplyAdd(factor, b3, c03);
            factor = Vector512.Create(*a1);
            c10 = Vector512.FusedMultiplyAdd(factor, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(factor, b1, c11);
            c12 = Vector512.FusedMultiplyAdd(factor, b2, c12);
            c13 = Vector512.FusedMultiplyAdd(factor, b3, c13);
            factor = Vector512.Create(*a2);
            c20 = Vector512.FusedMultiplyAdd(factor, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(factor, b1, c21);
            c22 = Vector512.FusedMultiplyAdd(factor, b2, c22);
            c23 = Vector512.FusedMultiplyAdd(factor, b3, c23);
            factor = Vector512.Create(*a3);
            c30 = Vector512.FusedMultiplyAdd(factor, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(factor, b1, c31);
            c32 = Vector512.FusedMultiplyAdd(factor, b2, c32);
            c33 = Vector512.FusedMultiplyAdd(factor, b3, c33);
            a0 += aColumn;
            a1 += aColumn;
            a2 += aColumn;
            a3 += aColumn;
            b += bStride;
        }
        Write(c, c00, c01, c02, c03);
        Write(c + cStride, c10, c11, c12, c13);
        Write(c + 2 * cStride, c20, c21, c22, c23);
        Write(c + 3 * cStride, c30, c31, c32, c33);
    }

    /// <summary>Four rows of one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddNarrow(float* c, int cStride, float* a, int aRow, int aColumn, float* b, int bStride, int depth)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        for (var k = 0; k < depth; k++)
        {
            var values = Vector512.Load(b + k * bStride);
            var at = a + k * aColumn;
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(*at), values, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(at[aRow]), values, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(at[2 * aRow]), values, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(at[3 * aRow]), values, c3);
        }
        (Vector512.Load(c) + c0).Store(c);
        (Vector512.Load(c + cStride) + c1).Store(c + cStride);
        (Vector512.Load(c + 2 * cStride) + c2).Store(c + 2 * cStride);
        (Vector512.Load(c + 3 * cStride) + c3).Store(c + 3 * cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(float* c, Vector512<float> first, Vector512<float> second, Vector512<float> third, Vector512<float> fourth)
    {
        (Vector512.Load(c) + first).Store(c);
        (Vector512.Load(c + 16) + second).Store(c + 16);
        (Vector512.Load(c + 32) + third).Store(c + 32);
        (Vector512.Load(c + 48) + fourth).Store(c + 48);
    }
}
