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
    /// <summary>5-bit symmetric, 32 elements in 22 bytes; stands in for Q4_K where a row is no multiple of 256.</summary>
    Q5_0 = 6,
    /// <summary>8-bit symmetric, 32 elements in 34 bytes.</summary>
    Q8_0 = 8,
    /// <summary>4-bit with 6-bit scales and minima, 256 elements in 144 bytes.</summary>
    Q4_K = 12,
    /// <summary>6-bit with 8-bit scales, 256 elements in 210 bytes.</summary>
    Q6_K = 14,
    /// <summary>16-bit brain float.</summary>
    BF16 = 30,
}
