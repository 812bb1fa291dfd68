using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Kernels;

/// <summary>The kernel of a format chosen at run time: the table from <see cref="GgmlType"/> and <see cref="KernelPath"/> to code.</summary>
internal sealed unsafe class MatrixKernel
{
    private static readonly Dictionary<GgmlType, Func<KernelPath, MatrixKernel>> s_kernels = new()
    {
        [GgmlType.F32] = OfFloat<F32Rows>,
        [GgmlType.F16] = OfFloat<F16Rows>,
        [GgmlType.BF16] = OfFloat<BF16Rows>,
        [GgmlType.Q8_0] = OfPanels<Q8_0Panel>,
        [GgmlType.Q4_0] = OfPanels<Q4_0Panel>,
        [GgmlType.Q4_1] = OfPanels<Q4_1Panel>,
        [GgmlType.Q5_0] = OfPanels<Q5_0Panel>,
        [GgmlType.Q5_1] = OfPanels<Q5_1Panel>,
        [GgmlType.Q2_K] = OfPanels<Q2_KPanel>,
        [GgmlType.Q3_K] = OfPanels<Q3_KPanel>,
        [GgmlType.Q4_K] = OfPanels<Q4_KPanel>,
        [GgmlType.Q5_K] = OfPanels<Q5_KPanel>,
        [GgmlType.Q6_K] = OfPanels<Q6_KPanel>,
        [GgmlType.IQ4_NL] = OfPanels<IQ4_NLPanel>,
        [GgmlType.IQ4_XS] = OfPanels<IQ4_XSPanel>,
    };

    /// <summary>Types whose <see cref="IPanelFormat.Signed"/> says so.</summary>
    private static readonly GgmlType[] s_signed = [GgmlType.Q8_0, GgmlType.IQ4_NL, GgmlType.IQ4_XS];

    private static readonly ConcurrentDictionary<(GgmlType, KernelPath), MatrixKernel> s_made = [];

    private MatrixKernel(
        KernelPath path, int inputBlock, PanelLayout? layout, delegate*<MatrixJob*, int, int, int, int, byte*, void> multiply, delegate*<int, long> scratch)
    {
        Path = path;
        InputBlock = inputBlock;
        Panels = layout;
        Multiply = multiply;
        ScratchBytes = scratch;
    }

    /// <summary>The instructions.</summary>
    public KernelPath Path { get; }
    /// <summary>Elements of a block of the 8-bit inputs that the kernel reads: 32 or 256; 0 where it reads single precision.</summary>
    public int InputBlock { get; }
    /// <summary>How the weights are laid out, with the blocks of a row left open; null where the kernel reads rows.</summary>
    public PanelLayout? Panels { get; }
    /// <summary>Computes rows of a job for a range of its tokens: (job, first row, end row, first token, end token, scratch).</summary>
    public delegate*<MatrixJob*, int, int, int, int, byte*, void> Multiply { get; }
    /// <summary>Scratch bytes for rows of so many columns.</summary>
    public delegate*<int, long> ScratchBytes { get; }

    /// <summary>The kernel of a format.</summary>
    public static MatrixKernel Get(GgmlType type, KernelPath path) => s_made.GetOrAdd((type, path), key => s_kernels[key.Item1](key.Item2));

    /// <summary>
    /// The fastest path for a type. AVX-512 sums two byte products in 16 bits without widening them, unless they have a sign: then AVX-VNNI is
    /// faster with half the width.
    /// </summary>
    public static KernelPath Fastest(GgmlType type) =>
        s_signed.Contains(type) && KernelPaths.Supported.Contains(KernelPath.AvxVnni) ? KernelPath.AvxVnni : KernelPaths.Supported[0];

    private static MatrixKernel OfFloat<TFormat>(KernelPath path) where TFormat : struct, IFloatFormat<TFormat> =>
        new(path, 0, null, &FloatKernel<TFormat>.Multiply, &FloatKernel<TFormat>.ScratchBytes);

    /// <summary>The dot product of the path, with a form of its own for values with a sign where bytes are multiplied without it.</summary>
    private static MatrixKernel OfPanels<TFormat>(KernelPath path) where TFormat : struct, IPanelFormat => (path, TFormat.Signed) switch
    {
        (KernelPath.Avx512, false) => Of<TFormat, Wide512, PairedDot512, Vector512<byte>>(path),
        (KernelPath.Avx512, true) => Of<TFormat, Wide512, SignedDot512, Vector512<byte>>(path),
        (KernelPath.AvxVnni, false) => Of<TFormat, Wide256, VnniDot256, Vector256<byte>>(path),
        (KernelPath.AvxVnni, true) => Of<Raised<TFormat>, Wide256, VnniDot256, Vector256<byte>>(path),
        (KernelPath.Avx2, false) => Of<TFormat, Wide256, PairedDot256, Vector256<byte>>(path),
        (KernelPath.Avx2, true) => Of<TFormat, Wide256, SignedDot256, Vector256<byte>>(path),
        (KernelPath.Portable, _) when Dp.IsSupported => Of<TFormat, Wide128, NeonDot128, Vector128<byte>>(path),
        (KernelPath.Portable, _) => Of<TFormat, Wide128, PlainDot<Wide128, Vector128<byte>>, Vector128<byte>>(path),
        _ => Of<TFormat, Scalar, PlainDot<Scalar, uint>, uint>(path),
    };

    /// <summary>The kernel of a format with given instructions.</summary>
    internal static MatrixKernel Of<TFormat, TSet, TDot, V>(KernelPath path)
        where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where TDot : struct, IByteDot<V> where V : unmanaged =>
        new(path, TFormat.BlockSize, new PanelLayout(0, TFormat.BlockBytes, TFormat.HalfAt),
            &QuantizedKernel<TFormat, TSet, TDot, V>.Multiply, &QuantizedKernel<TFormat, TSet, TDot, V>.ScratchBytes);
}
