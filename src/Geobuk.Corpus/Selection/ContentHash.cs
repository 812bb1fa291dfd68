using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Geobuk.Corpus.Selection;

/// <summary>
/// SHA-256 of a normalised text in UTF-8, as four independent numbers: one decides the split, one the subset, one the order,
/// so that none of these choices leans on another. Depends on nothing but the text.
/// </summary>
public readonly record struct ContentHash(ulong SplitWord, ulong SubsetWord, ulong OrderWord, ulong LastWord)
{
    /// <summary>Hashes <paramref name="text"/>.</summary>
    public static ContentHash Of(string text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[4096];
        var encoder = Encoding.UTF8.GetEncoder();
        var rest = text.AsSpan();
        bool completed;
        do
        {
            encoder.Convert(rest, bytes, flush: true, out var used, out var written, out completed);
            hash.AppendData(bytes[..written]);
            rest = rest[used..];
        }
        while (!completed);
        hash.GetHashAndReset(bytes);
        return new ContentHash(Word(bytes, 0), Word(bytes, 1), Word(bytes, 2), Word(bytes, 3));
    }

    /// <summary>The 64 hexadecimal digits, lower case.</summary>
    public override string ToString() => $"{SplitWord:x16}{SubsetWord:x16}{OrderWord:x16}{LastWord:x16}";

    private static ulong Word(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadUInt64BigEndian(bytes[(index * 8)..]);
}
