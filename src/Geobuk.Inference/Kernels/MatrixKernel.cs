using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Kernels;

/// <summary>The kernel of a format chosen at run time: the table from <see cref="GgmlType"/> to code.</summary>
internal sealed unsafe class MatrixKernel
{
    private static readonly Dictionary<GgmlType, MatrixKernel> s_kernels = new()
    {
        [GgmlType.F32] = OfFloat<F32Rows>(),
        [GgmlType.F16] = OfFloat<F16Rows>(),
        [GgmlType.BF16] = OfFloat<BF16Rows>(),
        [GgmlType.Q8_0] = OfQuantized<Q8_0Rows>(),
        [GgmlType.Q4_0] = OfQuantized<Q4_0Rows>(),
        [GgmlType.Q4_1] = OfQuantized<Q4_1Rows>(),
        [GgmlType.Q5_0] = OfQuantized<Q5_0Rows>(),
        [GgmlType.Q5_1] = OfQuantized<Q5_1Rows>(),
        [GgmlType.Q2_K] = OfQuantized<Q2_KRows>(),
        [GgmlType.Q3_K] = OfQuantized<Q3_KRows>(),
        [GgmlType.Q4_K] = OfQuantized<Q4_KRows>(),
        [GgmlType.Q5_K] = OfQuantized<Q5_KRows>(),
        [GgmlType.Q6_K] = OfQuantized<Q6_KRows>(),
        [GgmlType.IQ4_NL] = OfQuantized<IQ4_NLRows>(),
        [GgmlType.IQ4_XS] = OfQuantized<IQ4_XSRows>(),
    };

    private MatrixKernel(
        bool quantized, delegate*<MatrixJob*, int, int, byte*, void> multiply, delegate*<byte*, float*, int, byte*, void> decode,
        delegate*<int, long> scratch)
    {
        Quantized = quantized;
        Multiply = multiply;
        Decode = decode;
        ScratchBytes = scratch;
    }

    /// <summary>The kernel reads the 8-bit form of the inputs.</summary>
    public bool Quantized { get; }
    /// <summary>Computes rows first to end of a job: (job, first, end, scratch).</summary>
    public delegate*<MatrixJob*, int, int, byte*, void> Multiply { get; }
    /// <summary>One row in single precision: (source, target, columns, scratch).</summary>
    public delegate*<byte*, float*, int, byte*, void> Decode { get; }
    /// <summary>Scratch bytes for rows of so many columns.</summary>
    public delegate*<int, long> ScratchBytes { get; }

    /// <summary>The kernel of a format.</summary>
    public static MatrixKernel Get(GgmlType type) => s_kernels[type];

    private static MatrixKernel OfFloat<TFormat>() where TFormat : struct, IFloatFormat<TFormat> =>
        new(false, &FloatKernel<TFormat>.Multiply, &FloatKernel<TFormat>.Decode, &FloatKernel<TFormat>.ScratchBytes);

    private static MatrixKernel OfQuantized<TFormat>() where TFormat : struct, IQuantizedFormat<TFormat> =>
        new(true, &QuantizedKernel<TFormat>.Multiply, &QuantizedKernel<TFormat>.Decode, &QuantizedKernel<TFormat>.ScratchBytes);
}
