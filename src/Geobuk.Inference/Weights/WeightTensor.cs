using Geobuk.Inference.Kernels;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Weights;

/// <summary>
/// A tensor in mapped files, or derived from them, row-major; valid while its source is open. The slices of the outermost dimension of a
/// stack of matrices may lie in different places.
/// </summary>
internal sealed unsafe class WeightTensor
{
    private readonly byte*[] _slices;
    private readonly DerivedRows[]? _derived;
    private byte* _panels;
    private long _slicePanelBytes;

    public WeightTensor(string name, GgmlType type, IReadOnlyList<long> shape, params byte*[] slices)
    {
        (Name, Type, Shape, _slices) = (name, type, shape, slices);
        Columns = shape[^1];
        Elements = shape.Aggregate(1L, (product, size) => checked(product * size));
        RowBytes = BlockFormat.Get(type).Bytes(Columns);
        Kernel = MatrixKernel.Get(type, MatrixKernel.Fastest(type));
    }

    /// <summary>A tensor whose slices are made when they are read.</summary>
    public WeightTensor(string name, GgmlType type, IReadOnlyList<long> shape, DerivedRows[] slices) : this(name, type, shape, new byte*[slices.Length]) => _derived = slices;

    public string Name { get; }
    public GgmlType Type { get; }
    /// <summary>Outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }
    /// <summary>The first row.</summary>
    public byte* Data => Part(0);
    public long Columns { get; }
    public long Elements { get; }
    public long RowBytes { get; }
    public long Bytes => Elements / Columns * RowBytes;

    /// <summary>Rows of one matrix of a stack.</summary>
    public int SliceRows => (int)Shape[^2];

    /// <summary>The first row of a matrix of a stack.</summary>
    public byte* Slice(int index) => _slices.Length > 1 ? Part(index) : Part(0) + index * SliceRows * RowBytes;

    /// <summary>Computes with this tensor; as <see cref="Use"/> says, at first the fastest.</summary>
    public MatrixKernel Kernel { get; private set; }

    /// <summary>Matrices of the stack.</summary>
    public int Slices => (int)(Elements / Columns / SliceRows);

    /// <summary>Where the panels of each matrix lie, or null where the kernel reads rows.</summary>
    public PanelLayout? PanelLayout => Kernel.Panels is { } layout && Shape.Count > 1
        ? layout with { Blocks = (int)(Columns / BlockFormat.Get(Type).BlockSize) }
        : null;

    /// <summary>Panels of a matrix of the stack, or null where there are none.</summary>
    public byte* Panels(int slice) => _panels == null ? null : _panels + slice * _slicePanelBytes;

    /// <summary>Takes the instructions to compute with; null takes the fastest.</summary>
    public void Use(KernelPath? path) => Kernel = MatrixKernel.Get(Type, path ?? MatrixKernel.Fastest(Type));

    /// <summary>Takes panels that were laid out as <see cref="PanelLayout"/> says, one matrix of the stack after the other.</summary>
    public void Use(byte* panels)
    {
        _panels = panels;
        _slicePanelBytes = Kernels.PanelLayout.Panels(SliceRows) * PanelLayout!.Value.PanelBytes;
    }

    /// <summary>One row as single precision; the rows of a stack are counted through.</summary>
    public void DecodeRow(long row, Span<float> values)
    {
        var source = _slices.Length > 1 ? Part((int)(row / SliceRows)) + row % SliceRows * RowBytes : Part(0) + row * RowBytes;
        BlockFormat.Get(Type).Decode(new ReadOnlySpan<byte>(source, (int)RowBytes), values);
    }

    /// <summary>All elements as single precision, in an array that does not move.</summary>
    public float[] ToPinnedSingle()
    {
        var values = GC.AllocateUninitializedArray<float>(checked((int)Elements), pinned: true);
        for (long row = 0; row < Elements / Columns; row++)
            DecodeRow(row, values.AsSpan((int)(row * Columns), (int)Columns));
        return values;
    }

    private byte* Part(int index) => _derived is { } derived ? derived[index].Read() : _slices[index];
}
