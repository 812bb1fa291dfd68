namespace Geobuk.Compression.Calibration;

/// <summary>What a matrix, or each matrix of a stack, was given to multiply.</summary>
/// <param name="SumSquares">Σx² of every input column, one matrix after the other.</param>
/// <param name="Counts">Inputs that were summed: one number, or one for each matrix of a stack.</param>
public sealed record ImportanceEntry(float[] SumSquares, float[] Counts)
{
    /// <summary>The mean of the squares for one matrix of a stack; one everywhere for a matrix that was never used.</summary>
    public float[] Mean(int slice, int slices)
    {
        var width = SumSquares.Length / slices;
        var count = Counts.Length == 1 ? Counts[0] : Counts[slice];
        var sums = SumSquares.AsSpan(slice * width, width);
        var mean = new float[width];
        for (var i = 0; i < width; i++) mean[i] = count > 0 ? sums[i] / count : 1;
        return mean;
    }
}
