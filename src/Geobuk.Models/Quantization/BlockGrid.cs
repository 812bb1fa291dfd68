namespace Geobuk.Models.Quantization;

/// <summary>An <see cref="IGridFormat{TSelf}"/> chosen at run time.</summary>
public sealed class BlockGrid
{
    private delegate (Half D, Half DMin) ReadParts(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima);
    private delegate void WriteParts(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block);

    private readonly ReadParts _read;
    private readonly WriteParts _write;

    private BlockGrid(GridShape shape, int blockSize, ReadParts read, WriteParts write) => (Shape, Groups, _read, _write) = (shape, blockSize / shape.GroupSize, read, write);

    /// <summary>The values that a block can take.</summary>
    public GridShape Shape { get; }
    /// <summary>Groups of a block.</summary>
    public int Groups { get; }

    /// <summary>Reads the factors, scales and minima of a block.</summary>
    public (Half D, Half DMin) ReadScales(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima) => _read(block, scales, minima);

    /// <summary>Writes every part of a block.</summary>
    public void Write(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block) =>
        _write(d, dMin, scales, minima, codes, block);

    internal static BlockGrid Of<T>() where T : struct, IGridFormat<T> => new(T.Shape, T.BlockSize, T.ReadScales, T.Write);
}
