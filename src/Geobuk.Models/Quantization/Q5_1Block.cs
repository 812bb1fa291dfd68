using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>32 elements in 24 bytes: f16 d, f16 m, u32 fifth bits, 16 bytes of low nibbles laid out as in Q4_0; x = d·q + m.</summary>
public readonly struct Q5_1Block : IBlockFormat<Q5_1Block>
{
    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q5_1;
    /// <inheritdoc/>
    public static int BlockSize => 32;
    /// <inheritdoc/>
    public static int BlockBytes => 24;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0, 2];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        var low = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        for (var i = 0; i < BlockSize; i++) values[i] = scale * SmallBlocks.FiveBits(block[4..], i) + low;
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var (scale, low) = SmallBlocks.WithMinimum(values, importance, meanSquare, 31, codes);
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], (Half)low);
        SmallBlocks.PackFiveBits(codes, block[4..]);
    }
}
