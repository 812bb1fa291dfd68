using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Quantization;

/// <summary>Makes a type fit a row: the same replacements as llama.cpp's, but said aloud.</summary>
/// <param name="Type">The type that fits.</param>
/// <param name="Fallback">Why it is not the wanted one; null where it is.</param>
public readonly record struct RowFit(GgmlType Type, string? Fallback)
{
    /// <summary>The wanted type, or its replacement where the row is no whole number of its blocks.</summary>
    public static RowFit Of(GgmlType wanted, long rowLength)
    {
        var size = BlockFormat.Get(wanted).BlockSize;
        if (rowLength % size == 0) return new RowFit(wanted, null);
        var next = wanted switch
        {
            GgmlType.Q2_K or GgmlType.Q3_K => GgmlType.Q4_0,
            GgmlType.Q4_K => GgmlType.Q5_0,
            GgmlType.Q5_K => GgmlType.Q5_1,
            GgmlType.Q6_K => GgmlType.Q8_0,
            GgmlType.IQ4_XS => GgmlType.IQ4_NL,
            _ => GgmlType.F16,
        };
        return Of(next, rowLength) with { Fallback = $"{wanted} needs rows of a multiple of {size}, these have {rowLength}" };
    }
}
