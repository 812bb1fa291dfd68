using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 32 elements in 22 bytes: f16 d, u32 fifth bits, 16 bytes of low nibbles laid out as in Q4_0; x = d·(q − 16).
/// </summary>
public readonly struct Q5_0Block : IBlockFormat<Q5_0Block>
{
    private const int Half = 16;

    /// <inheritdoc/>
    public static GgmlType Type => GgmlType.Q5_0;
    /// <inheritdoc/>
    public static int BlockSize => 32;
    /// <inheritdoc/>
    public static int BlockBytes => 22;
    /// <inheritdoc/>
    public static ReadOnlySpan<int> FactorOffsets => [0];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        for (var i = 0; i < BlockSize; i++) values[i] = scale * (SmallBlocks.FiveBits(block[2..], i) - Half);
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float meanSquare, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var scale = SmallBlocks.Symmetric(values, importance, meanSquare, Half, codes);
        BinaryPrimitives.WriteHalfLittleEndian(block, (System.Half)scale);
        SmallBlocks.PackFiveBits(codes, block[2..]);
    }
}
