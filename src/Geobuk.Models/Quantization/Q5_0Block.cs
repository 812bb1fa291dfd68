using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// 32 elements in 22 bytes: f16 d, u32 fifth bits, 16 bytes of low nibbles laid out as in Q4_0; x = d·(q − 16). Written only
/// where Q4_K cannot divide a row.
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
    public static void Decode(ReadOnlySpan<byte> block, Span<float> values)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        var high = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        for (var j = 0; j < 16; j++)
        {
            values[j] = scale * ((block[6 + j] & 15 | (int)(high >> j & 1) << 4) - Half);
            values[j + 16] = scale * ((block[6 + j] >> 4 | (int)(high >> (j + 16) & 1) << 4) - Half);
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        var scale = importance.IsEmpty
            ? Q4_0Block.Truncating(values, Half, codes)
            : ScaleFit.Symmetric(values, importance, Half, codes);
        BinaryPrimitives.WriteHalfLittleEndian(block, (System.Half)scale);
        var high = 0u;
        for (var i = 0; i < 32; i++) high |= (uint)(codes[i] >> 4) << i;
        BinaryPrimitives.WriteUInt32LittleEndian(block[2..], high);
        for (var j = 0; j < 16; j++) block[6 + j] = (byte)(codes[j] & 15 | (codes[j + 16] & 15) << 4);
    }
}
