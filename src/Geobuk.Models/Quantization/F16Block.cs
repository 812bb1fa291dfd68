using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>One F16 element.</summary>
public readonly struct F16Block : IBlockFormat<F16Block>
{
    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.F16;
    /// <inheritdoc/>
    public static int BlockSize => 1;
    /// <inheritdoc/>
    public static int BlockBytes => 2;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values) =>
        values[0] = (float)BinaryPrimitives.ReadHalfLittleEndian(block);

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block) =>
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)values[0]);
}
