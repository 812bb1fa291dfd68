using System.Buffers.Binary;

namespace Geobuk.Models.Quantization;

/// <summary>
/// Eight 6-bit scales and eight 6-bit minima in the 12 bytes that Q4_K and Q5_K have for them: the first four of each plain, the
/// others with their upper two bits in those of the first.
/// </summary>
internal static class SixBitScales
{
    public const int Bytes = 12;

    /// <summary>Scale and minimum of sub-block <paramref name="j"/>.</summary>
    public static (int Scale, int Minimum) Unpack(ReadOnlySpan<byte> packed, int j) => j < 4
        ? (packed[j] & 63, packed[j + 4] & 63)
        : (packed[j + 4] & 15 | packed[j - 4] >> 6 << 4, packed[j + 4] >> 4 | packed[j] >> 6 << 4);

    /// <summary>Writes eight of each.</summary>
    public static void Pack(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, Span<byte> packed)
    {
        for (var j = 0; j < 4; j++)
        {
            packed[j] = (byte)(scales[j] | scales[j + 4] >> 4 << 6);
            packed[j + 4] = (byte)(minima[j] | minima[j + 4] >> 4 << 6);
            packed[j + 8] = (byte)(scales[j + 4] & 15 | (minima[j + 4] & 15) << 4);
        }
    }

    /// <summary>The beginning that Q4_K and Q5_K blocks share: d, dmin, then eight scales and eight minima.</summary>
    public static (Half D, Half DMin) ReadBeginning(ReadOnlySpan<byte> block, Span<int> scales, Span<int> minima)
    {
        for (var j = 0; j < scales.Length; j++) (scales[j], minima[j]) = Unpack(block.Slice(4, Bytes), j);
        return (BinaryPrimitives.ReadHalfLittleEndian(block), BinaryPrimitives.ReadHalfLittleEndian(block[2..]));
    }

    /// <summary>Writes what <see cref="ReadBeginning"/> reads.</summary>
    public static void WriteBeginning(Half d, Half dMin, ReadOnlySpan<int> scales, ReadOnlySpan<int> minima, Span<byte> block)
    {
        Span<byte> scaleCodes = stackalloc byte[8];
        Span<byte> minimumCodes = stackalloc byte[8];
        for (var j = 0; j < 8; j++) (scaleCodes[j], minimumCodes[j]) = ((byte)scales[j], (byte)minima[j]);
        BinaryPrimitives.WriteHalfLittleEndian(block, d);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], dMin);
        Pack(scaleCodes, minimumCodes, block.Slice(4, Bytes));
    }
}
