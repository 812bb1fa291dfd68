using System.Runtime.Intrinsics;

namespace Geobuk.Models.Quantization;

/// <summary>Codes of one byte each to the values that they stand for.</summary>
internal static class CodeExpansion
{
    /// <summary>value = scale · (code − <paramref name="half"/>) − minimum.</summary>
    public static void Expand(ReadOnlySpan<byte> codes, int half, float scale, float minimum, Span<float> values)
    {
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + Vector128<byte>.Count <= codes.Length; i += Vector128<byte>.Count)
            {
                var (first, second) = Vector128.Widen(Vector128.Create(codes.Slice(i, Vector128<byte>.Count)));
                Value(first).CopyTo(values[i..]);
                Value(second).CopyTo(values[(i + Vector256<float>.Count)..]);
            }
            Vector256<float> Value(Vector128<ushort> part)
            {
                var (low, high) = Vector128.Widen(part);
                return Vector256.Create(scale) * Vector256.ConvertToSingle(Vector256.Create(low, high).AsInt32() - Vector256.Create(half)) - Vector256.Create(minimum);
            }
        }
        for (; i < codes.Length; i++) values[i] = scale * (codes[i] - half) - minimum;
    }

    /// <summary>The low nibbles of the bytes, then the high ones.</summary>
    public static void Nibbles(ReadOnlySpan<byte> bytes, Span<byte> codes)
    {
        var i = 0;
        for (; Vector256.IsHardwareAccelerated && i + Vector256<byte>.Count <= bytes.Length; i += Vector256<byte>.Count)
        {
            var part = Vector256.Create(bytes.Slice(i, Vector256<byte>.Count));
            (part & Vector256.Create((byte)15)).CopyTo(codes[i..]);
            (part >>> 4).CopyTo(codes[(bytes.Length + i)..]);
        }
        for (; i < bytes.Length; i++) (codes[i], codes[bytes.Length + i]) = ((byte)(bytes[i] & 15), (byte)(bytes[i] >> 4));
    }

    /// <summary>Adds to every code the bits of a byte from <paramref name="shift"/> on, under the mask, as its bits from <paramref name="place"/> on.</summary>
    public static void AddBits(ReadOnlySpan<byte> bytes, int shift, int mask, int place, Span<byte> codes)
    {
        var i = 0;
        for (; Vector256.IsHardwareAccelerated && i + Vector256<byte>.Count <= bytes.Length; i += Vector256<byte>.Count)
        {
            var upper = Vector256.Create(bytes.Slice(i, Vector256<byte>.Count)) >>> shift & Vector256.Create((byte)mask);
            (Vector256.Create(codes.Slice(i, Vector256<byte>.Count)) | upper << place).CopyTo(codes[i..]);
        }
        for (; i < bytes.Length; i++) codes[i] |= (byte)((bytes[i] >> shift & mask) << place);
    }
}
