namespace Geobuk.Inference.Kernels;

/// <summary>Instructions that the quantized kernels use. All give the same bits.</summary>
public enum KernelPath
{
    /// <summary>512-bit vectors, sums of byte pairs in 16 bits.</summary>
    Avx512,
    /// <summary>256-bit vectors, four products summed by one instruction.</summary>
    AvxVnni,
    /// <summary>256-bit vectors, sums of byte pairs in 16 bits.</summary>
    Avx2,
    /// <summary>128-bit vectors of any machine; on Arm with its dot product where it has one.</summary>
    Portable,
    /// <summary>No vectors.</summary>
    Scalar,
}
