namespace Geobuk.Models.Quantization;

/// <summary>A format of super-blocks whose parts can be read and written one by one: what better fits work on.</summary>
public interface IGridFormat<TSelf> : IBlockFormat<TSelf> where TSelf : struct, IGridFormat<TSelf>
{
    /// <summary>The values that a block can take.</summary>
    static abstract GridShape Shape { get; }
    /// <summary>Reads the factors, scales and minima of a block.</summary>
    static abstract (Half D, Half DMin) ReadScales(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima);
    /// <summary>Writes every part of a block.</summary>
    static abstract void Write(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, ReadOnlySpan<byte> codes, Span<byte> block);
}
