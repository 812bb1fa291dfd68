using System.Buffers.Binary;
using System.Text;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// Old Hangul that Hancom's and Hanyang's fonts keep in the private-use area (U+E0BC to U+F8F7) written with the conjoining letters
/// of Unicode: U+F53A becomes U+1112 U+119E U+11AB. The table hanyang-pua.bin has up to three units for each, little-endian;
/// it states Hanyang's assignment, as published in the public domain.
/// </summary>
internal static class OldHangul
{
    private const char First = '\uE0BC', Last = '\uF8F7';
    // Symbol fonts put their bullets here, over the same syllables.
    private const char FirstSymbol = '\uF020', LastSymbol = '\uF0FF';
    private static readonly Lazy<byte[]> Table = new(ReadTable);

    /// <summary>Text with what is known of the private-use area written in Unicode; the same string where there is nothing to do.</summary>
    public static string Map(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(First, Last) < 0) return text;
        var hanyang = text.Any(c => c is >= First and < FirstSymbol or > LastSymbol and <= Last);
        var mapped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (c is < First or > Last) mapped.Append(c);
            else if (c is >= FirstSymbol and <= LastSymbol && !hanyang) mapped.Append(BulletText.Of(c));
            else AppendLetters(mapped, c);
        }
        return mapped.ToString();
    }

    /// <summary>Private-use characters that are left.</summary>
    public static int CountPrivate(string text)
    {
        var count = 0;
        foreach (var c in text)
            if (c is >= '\uE000' and <= '\uF8FF' or >= '\uDB80' and <= '\uDBFF') count++;
        return count;
    }

    private static void AppendLetters(StringBuilder mapped, char c)
    {
        var row = Table.Value.AsSpan((c - First) * 6, 6);
        if (BinaryPrimitives.ReadUInt16LittleEndian(row) == 0)
        {
            mapped.Append(c);
            return;
        }
        for (var i = 0; i < 6; i += 2)
            if (BinaryPrimitives.ReadUInt16LittleEndian(row[i..]) is > 0 and var unit) mapped.Append((char)unit);
    }

    private static byte[] ReadTable()
    {
        using var stream = typeof(OldHangul).Assembly.GetManifestResourceStream("hanyang-pua.bin")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
