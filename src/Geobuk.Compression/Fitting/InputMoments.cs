using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Geobuk.Compression.Fitting;

/// <summary>Σ x xᵀ of the inputs of one matrix on calibration text: the Hessian of its squared output error.</summary>
internal sealed class InputMoments(int columns)
{
    private readonly double[] _sums = new double[checked(columns * columns)];

    /// <summary>Columns of the matrix.</summary>
    public int Columns => columns;
    /// <summary>Inputs seen.</summary>
    public long Count { get; private set; }

    /// <summary>Adds inputs, [rows, columns].</summary>
    public void Add(ReadOnlySpan<float> inputs, int rows)
    {
        var block = inputs[..(columns * rows)].ToArray();
        Parallel.For(0, columns, () => new float[columns], (i, _, sums) =>
        {
            // A call brings some hundred inputs: few enough for single precision, before they join the sum.
            sums.AsSpan(i).Clear();
            for (var row = 0; row < rows; row++) AddScaled(sums.AsSpan(i), block.AsSpan(row * columns + i, columns - i), block[row * columns + i]);
            for (var j = i; j < columns; j++) _sums[i * columns + j] += sums[j];
            return sums;
        }, _ => { });
        Count += rows;
    }

    /// <summary>Adds the sums, row by row.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        for (var i = 0; i < columns; i++) hash.AppendData(MemoryMarshal.AsBytes(_sums.AsSpan(i * columns, columns)));
    }

    /// <summary>
    /// U of H⁻¹ = Uᵀ U, upper triangular, row-major, with H = Σxxᵀ/n and <paramref name="damping"/> times its mean diagonal added:
    /// what column i leaves undone is made good by column j &gt; i with U[i,j] / U[i,i] (Frantar et al. 2022, arXiv:2210.17323).
    /// </summary>
    /// <param name="width">Columns wanted; those beyond the observed ones are zeros of padding and get an identity.</param>
    /// <param name="damping">0.01 is usual.</param>
    public float[] FeedbackFactors(int width, double damping)
    {
        var n = width;
        var h = new double[n * n];
        var mean = Enumerable.Range(0, columns).Average(i => _sums[i * columns + i]) / Math.Max(Count, 1);
        for (var i = 0; i < n; i++)
            for (var j = i; j < n; j++)
                h[i * n + j] = h[j * n + i] = (i < columns && j < columns ? _sums[i * columns + j] / Math.Max(Count, 1) : 0) + (i == j ? damping * mean + 1e-12 : 0);
        var inverse = Invert(Cholesky(h, n), n);
        var lower = Cholesky(inverse, n);
        var upper = new float[n * n];
        for (var i = 0; i < n; i++)
            for (var j = i; j < n; j++) upper[i * n + j] = (float)lower[j * n + i];
        return upper;
    }

    /// <summary>L of A = L Lᵀ, lower triangular.</summary>
    private static double[] Cholesky(double[] a, int n)
    {
        var l = new double[n * n];
        for (var j = 0; j < n; j++)
        {
            var pivot = a[j * n + j] - Dot(l, j, j, j, n);
            var root = Math.Sqrt(Math.Max(pivot, 1e-30));
            l[j * n + j] = root;
            Parallel.For(j + 1, n, i => l[i * n + j] = (a[i * n + j] - Dot(l, i, j, j, n)) / root);
        }
        return l;
    }

    /// <summary>(L Lᵀ)⁻¹ = L⁻ᵀ L⁻¹.</summary>
    private static double[] Invert(double[] l, int n)
    {
        // Row k of the transposed inverse of L, so that all products run along rows.
        var columnsOfInverse = new double[n * n];
        Parallel.For(0, n, k =>
        {
            var row = columnsOfInverse.AsSpan(k * n, n);
            row[k] = 1 / l[k * n + k];
            for (var i = k + 1; i < n; i++)
            {
                var sum = 0.0;
                for (var j = k; j < i; j++) sum += l[i * n + j] * row[j];
                row[i] = -sum / l[i * n + i];
            }
        });
        var inverse = new double[n * n];
        Parallel.For(0, n, i =>
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = 0.0;
                for (var k = i; k < n; k++) sum += columnsOfInverse[i * n + k] * columnsOfInverse[j * n + k];
                inverse[i * n + j] = sum;
            }
        });
        for (var i = 0; i < n; i++)
            for (var j = i + 1; j < n; j++) inverse[i * n + j] = inverse[j * n + i];
        return inverse;
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        var (i, width) = (0, Vector<float>.Count);
        for (; i + width <= target.Length; i += width)
            (new Vector<float>(target[i..]) + new Vector<float>(factor) * new Vector<float>(source[i..])).CopyTo(target[i..]);
        for (; i < target.Length; i++) target[i] += factor * source[i];
    }

    private static double Dot(double[] l, int a, int b, int length, int n)
    {
        var sum = 0.0;
        for (var k = 0; k < length; k++) sum += l[a * n + k] * l[b * n + k];
        return sum;
    }
}
