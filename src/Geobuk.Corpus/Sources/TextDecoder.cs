using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Geobuk.Corpus.Sources;

/// <summary>
/// Bytes of unknown encoding to text: a byte order mark decides; then UTF-16 where every other byte is mostly zero or the units are
/// Hangul; then UTF-8, which other encodings do not satisfy by chance; then CP949, believed only where what it decodes to is Korean.
/// </summary>
internal static class TextDecoder
{
    private const int SampleUnits = 4096;
    private static readonly Encoding Cp949 = MakeCp949();

    /// <summary>Text of <paramref name="bytes"/>.</summary>
    /// <exception cref="RefusedDocumentException">The encoding cannot be told; names the first byte that is not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string path) => Decode(bytes, path, out _);

    /// <summary>Text of <paramref name="bytes"/>; <paramref name="encoding"/> is utf-8, utf-16le, utf-16be or cp949.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string path, out string encoding)
    {
        encoding = Detect(bytes) ?? throw StrictUtf8.Undecodable(bytes, path, 0);
        return encoding switch
        {
            "utf-8" => Encoding.UTF8.GetString(bytes),
            "utf-16le" => Encoding.Unicode.GetString(bytes[..(bytes.Length & ~1)]),
            "utf-16be" => Encoding.BigEndianUnicode.GetString(bytes[..(bytes.Length & ~1)]),
            _ => Cp949.GetString(bytes),
        };
    }

    /// <summary>The encoding, or null where none fits.</summary>
    public static string? Detect(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return "utf-16le";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return "utf-16be";
        if (IsUtf16(bytes, littleEndian: true)) return "utf-16le";
        if (IsUtf16(bytes, littleEndian: false)) return "utf-16be";
        if (Utf8.IsValid(bytes)) return "utf-8";
        return IsCp949(bytes) ? "cp949" : null;
    }

    // Plain units (ASCII, Hangul, common punctuation) nearly everywhere, and at least one zero or no valid UTF-8.
    private static bool IsUtf16(ReadOnlySpan<byte> bytes, bool littleEndian)
    {
        if (bytes.Length < 8 || bytes.Length % 2 != 0) return false;
        var sample = bytes[..Math.Min(bytes.Length, 2 * SampleUnits)];
        int plain = 0, lineEnds = 0, ascii = 0, count = sample.Length / 2;
        for (var i = 0; i < sample.Length; i += 2)
        {
            var unit = littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(sample[i..]) : BinaryPrimitives.ReadUInt16BigEndian(sample[i..]);
            if (unit is '\n' or '\r') lineEnds++;
            if (unit is >= 0x20 and < 0x7F) ascii++;
            if (unit is >= 0x20 and < 0x7F or '\n' or '\r' or '\t' or >= 0xAC00 and <= 0xD7A3 or >= 0x3131 and <= 0x318E or >= 0x3000 and < 0x3020) plain++;
        }
        return plain >= count * 0.9 && lineEnds + ascii > 0 && (sample.Contains((byte)0) || !Utf8.IsValid(sample));
    }

    private static bool IsCp949(ReadOnlySpan<byte> bytes)
    {
        int hangul = 0, other = 0;
        for (var i = 0; i < bytes.Length;)
        {
            var lead = bytes[i];
            if (lead < 0x80)
            {
                i++;
                continue;
            }
            if (lead is 0x80 or 0xFF || i + 1 >= bytes.Length) return false;
            var trail = bytes[i + 1];
            if (trail is < 0x41 or 0xFF or > 0x5A and < 0x61 or > 0x7A and < 0x81) return false;
            if (lead is >= 0xB0 and <= 0xC8 && trail >= 0xA1 || lead <= 0xA0 || lead <= 0xC6 && trail < 0xA1) hangul++;
            else other++;
            i += 2;
        }
        return hangul > 0 && hangul >= other;
    }

    private static Encoding MakeCp949()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return Encoding.GetEncoding(949);
    }
}
