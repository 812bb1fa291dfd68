namespace Geobuk.Inference.Kernels;

/// <summary>The indices of the largest values, in linear time.</summary>
internal static class Selection
{
    /// <summary>Fills <paramref name="indices"/>, ascending, with those of the largest values; of equal values the first ones.</summary>
    /// <param name="values">More than there are indices; finite.</param>
    /// <param name="work">As long as the values.</param>
    /// <param name="indices">As many as are wanted.</param>
    public static void Largest(ReadOnlySpan<float> values, Span<float> work, Span<int> indices)
    {
        values.CopyTo(work);
        var threshold = Kth(work, indices.Length - 1);
        var above = 0;
        foreach (var value in values) above += value > threshold ? 1 : 0;
        var equal = indices.Length - above;
        var filled = 0;
        for (var i = 0; i < values.Length && filled < indices.Length; i++)
        {
            if (values[i] > threshold || (values[i] == threshold && equal-- > 0)) indices[filled++] = i;
        }
    }

    /// <summary>The value at place k in descending order (Hoare's quickselect with the median of three).</summary>
    private static float Kth(Span<float> values, int k)
    {
        var (low, high) = (0, values.Length - 1);
        while (low < high)
        {
            var pivot = Median(values[low], values[(low + high) / 2], values[high]);
            var (i, j) = (low, high);
            while (i <= j)
            {
                while (values[i] > pivot) i++;
                while (values[j] < pivot) j--;
                if (i > j) break;
                (values[i], values[j]) = (values[j], values[i]);
                i++;
                j--;
            }
            if (k <= j) high = j;
            else if (k >= i) low = i;
            else break;
        }
        return values[k];
    }

    private static float Median(float a, float b, float c) => MathF.Max(MathF.Min(a, b), MathF.Min(MathF.Max(a, b), c));
}
