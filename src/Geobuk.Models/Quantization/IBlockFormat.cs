namespace Geobuk.Models.Quantization;

/// <summary>
/// A block format as a type parameter: readable, byte-exact with ggml. Fast kernels elsewhere are held to it by tests.
/// Adding a format is one struct, one row in <see cref="GgmlType"/> and one in <see cref="BlockFormat"/>.
/// </summary>
public interface IBlockFormat<TSelf> where TSelf : struct, IBlockFormat<TSelf>
{
    /// <summary>The GGUF type.</summary>
    static abstract GgmlType Type { get; }
    /// <summary>Elements in a block.</summary>
    static abstract int BlockSize { get; }
    /// <summary>Bytes in a block.</summary>
    static abstract int BlockBytes { get; }
    /// <summary>Where in a block its f16 factors lie; the values are a sum in which each of them stands once: Σ factor · (what the codes say).</summary>
    static abstract ReadOnlySpan<int> FactorOffsets { get; }
    /// <summary>Decodes one block: <see cref="BlockBytes"/> bytes to <see cref="BlockSize"/> floats.</summary>
    static abstract void Decode(ReadOnlySpan<byte> block, Span<float> values);
    /// <summary>Encodes one block.</summary>
    /// <param name="values"><see cref="BlockSize"/> finite values.</param>
    /// <param name="importance">Empty, or one weight per element (mean of squared activations).</param>
    /// <param name="meanSquare">Of the row that the block is part of; 0 where importance is empty. The formats of 32 elements weigh by it.</param>
    /// <param name="block">Receives <see cref="BlockBytes"/> bytes; what it held before does not matter.</param>
    static abstract void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block);
}
