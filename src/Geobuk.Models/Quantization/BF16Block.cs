using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>One BF16 element: the upper half of a float, rounded to nearest even.</summary>
public readonly struct BF16Block : IBlockFormat<BF16Block>
{
    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.BF16;
    /// <inheritdoc/>
    public static int BlockSize => 1;
    /// <inheritdoc/>
    public static int BlockBytes => 2;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values) =>
        values[0] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(block) << 16);

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block) =>
        BinaryPrimitives.WriteUInt16LittleEndian(block, FromSingle(values[0]));

    /// <summary>The nearest BF16 pattern; NaN stays NaN.</summary>
    public static ushort FromSingle(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)(bits >> 16 | 0x40);
        return (ushort)(((ulong)bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
