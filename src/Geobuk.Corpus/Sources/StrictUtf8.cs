using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Geobuk.Corpus.Sources;

/// <summary>UTF-8 decoding that refuses what is not UTF-8 and says where.</summary>
internal static class StrictUtf8
{
    /// <summary>Decodes <paramref name="bytes"/>; <paramref name="baseOffset"/> is their place in the file, for the message.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string path, long baseOffset)
    {
        Require(bytes, path, baseOffset);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Fails where <paramref name="bytes"/> are not UTF-8.</summary>
    public static void Require(ReadOnlySpan<byte> bytes, string path, long baseOffset)
    {
        if (!Utf8.IsValid(bytes)) throw Undecodable(bytes, path, baseOffset);
    }

    /// <summary>The refusal of <paramref name="bytes"/> that are not UTF-8; names the first that is wrong.</summary>
    public static RefusedDocumentException Undecodable(ReadOnlySpan<byte> bytes, string path, long baseOffset)
    {
        var offset = FirstInvalid(bytes);
        var found = bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] && baseOffset == 0
            ? "a UTF-16 byte order mark"
            : $"byte 0x{bytes[offset]:X2} at offset {baseOffset + offset}";
        var encoding = found[0] == 'a' ? "UTF-16" : "CP949";
        return new RefusedDocumentException(RefusalReason.Encoding, $"{path}: {found}; expected UTF-8 text. Convert the file, for example with: iconv -f {encoding} -t UTF-8 IN > OUT");
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        Span<char> sink = stackalloc char[2048];
        var offset = 0;
        while (true)
        {
            var status = Utf8.ToUtf16(bytes[offset..], sink, out var read, out _, replaceInvalidSequences: false);
            offset += read;
            if (status != OperationStatus.DestinationTooSmall) return Math.Min(offset, bytes.Length - 1);
        }
    }
}
