using System.Runtime.Intrinsics;
using System.Runtime.InteropServices;

namespace Geobuk.Compression.Calibration;

/// <summary>Σx² of the columns of one matrix, or of each matrix of a stack, in double precision.</summary>
internal sealed class InputSums(int columns)
{
    private readonly SortedDictionary<int, (double[] Sums, double Count)> _slices = [];

    /// <summary>Adds inputs, [rows, columns].</summary>
    public void Add(int slice, ReadOnlySpan<float> inputs, int rows)
    {
        var (sums, count) = _slices.TryGetValue(slice, out var found) ? found : (new double[columns], 0);
        for (var row = 0; row < rows; row++) AddSquares(inputs.Slice(row * columns, columns), sums);
        _slices[slice] = (sums, count + rows);
    }

    /// <summary>The form of the file: one count for a single matrix, else one for each of the stack.</summary>
    public ImportanceEntry ToEntry(int slices)
    {
        var (values, counts) = (new float[slices * columns], new float[slices]);
        foreach (var (slice, (sums, count)) in _slices)
        {
            counts[slice] = (float)count;
            for (var i = 0; i < columns; i++) values[slice * columns + i] = (float)sums[i];
        }
        return new ImportanceEntry(values, counts);
    }

    private static void AddSquares(ReadOnlySpan<float> row, Span<double> sums)
    {
        var i = 0;
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var target = ref MemoryMarshal.GetReference(sums);
        for (; i + 8 <= row.Length; i += 8)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
            (Vector256.LoadUnsafe(ref target, (nuint)i) + low * low).StoreUnsafe(ref target, (nuint)i);
            (Vector256.LoadUnsafe(ref target, (nuint)i + 4) + high * high).StoreUnsafe(ref target, (nuint)i + 4);
        }
        for (; i < row.Length; i++) sums[i] += (double)row[i] * row[i];
    }
}
