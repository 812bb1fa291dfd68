using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>One F32 element.</summary>
public readonly struct F32Block : IBlockFormat<F32Block>
{
    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.F32;
    /// <inheritdoc/>
    public static int BlockSize => 1;
    /// <inheritdoc/>
    public static int BlockBytes => 4;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values) =>
        values[0] = (float)BinaryPrimitives.ReadSingleLittleEndian(block);

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block) =>
        BinaryPrimitives.WriteSingleLittleEndian(block, (float)values[0]);
}
