namespace Geobuk.Models.Quantization;

/// <summary>Element types of GGUF tensors that Geobuk reads and writes, with the numbers of the format.</summary>
public enum GgmlType
{
    /// <summary>32-bit float.</summary>
    F32 = 0,
    /// <summary>16-bit IEEE float.</summary>
    F16 = 1,
    /// <summary>4-bit symmetric, 32 elements in 18 bytes.</summary>
    Q4_0 = 2,
    /// <summary>4-bit with a minimum, 32 elements in 20 bytes.</summary>
    Q4_1 = 3,
    /// <summary>5-bit symmetric, 32 elements in 22 bytes; stands in for Q4_K where a row is no multiple of 256.</summary>
    Q5_0 = 6,
    /// <summary>5-bit with a minimum, 32 elements in 24 bytes; stands in for Q5_K where a row is no multiple of 256.</summary>
    Q5_1 = 7,
    /// <summary>8-bit symmetric, 32 elements in 34 bytes.</summary>
    Q8_0 = 8,
    /// <summary>2-bit with 4-bit scales and minima, 256 elements in 84 bytes.</summary>
    Q2_K = 10,
    /// <summary>3-bit with 6-bit scales, 256 elements in 110 bytes.</summary>
    Q3_K = 11,
    /// <summary>4-bit with 6-bit scales and minima, 256 elements in 144 bytes.</summary>
    Q4_K = 12,
    /// <summary>5-bit with 6-bit scales and minima, 256 elements in 176 bytes.</summary>
    Q5_K = 13,
    /// <summary>6-bit with 8-bit scales, 256 elements in 210 bytes.</summary>
    Q6_K = 14,
    /// <summary>4-bit codes of a table of uneven steps, 32 elements in 18 bytes.</summary>
    IQ4_NL = 20,
    /// <summary>The same table with 6-bit scales, 256 elements in 136 bytes.</summary>
    IQ4_XS = 23,
    /// <summary>16-bit brain float.</summary>
    BF16 = 30,
}
