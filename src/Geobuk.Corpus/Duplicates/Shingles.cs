using System.Buffers;

namespace Geobuk.Corpus.Duplicates;

/// <summary>
/// Character shingles: every run of k characters of a text, white space left out, as a 32-bit hash. In Korean, shingles of characters find what shingles of words miss: endings
/// and particles change words, not their stems.
/// </summary>
internal static class Shingles
{
    /// <summary>Writes the hashes of all shingles of <paramref name="text"/> and gives their number, at most its length; one for a text shorter than a shingle, none for an empty one.</summary>
    /// <param name="text">Text.</param>
    /// <param name="length">Characters per shingle.</param>
    /// <param name="hashes">At least as long as the text.</param>
    public static int Write(ReadOnlySpan<char> text, int length, Span<uint> hashes)
    {
        var buffer = ArrayPool<char>.Shared.Rent(Math.Max(1, text.Length));
        try
        {
            var characters = 0;
            foreach (var c in text)
                if (!char.IsWhiteSpace(c)) buffer[characters++] = c;
            return Roll(buffer.AsSpan(0, characters), Math.Min(length, characters), hashes);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>The distinct shingles of a text, rising.</summary>
    public static uint[] Distinct(string text, int length)
    {
        var hashes = new uint[text.Length];
        var count = Write(text, length, hashes);
        var sorted = hashes.AsSpan(0, count);
        sorted.Sort();
        var distinct = 0;
        for (var i = 0; i < count; i++)
            if (i == 0 || sorted[i] != sorted[i - 1]) hashes[distinct++] = sorted[i];
        return hashes[..distinct];
    }

    /// <summary>Jaccard similarity of two rising sets, 0 to 1.</summary>
    public static double Similarity(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b)
    {
        int i = 0, j = 0, shared = 0;
        while (i < a.Length && j < b.Length)
        {
            if (a[i] == b[j]) (i, j, shared) = (i + 1, j + 1, shared + 1);
            else if (a[i] < b[j]) i++;
            else j++;
        }
        var union = a.Length + b.Length - shared;
        return union == 0 ? 1 : (double)shared / union;
    }

    private static int Roll(ReadOnlySpan<char> text, int length, Span<uint> hashes)
    {
        if (text.Length == 0) return 0;
        var windows = new RollingHash(text, length);
        var count = text.Length - length + 1;
        for (var i = 0; i < count; i++) hashes[i] = (uint)(windows.Next() >> 32);
        return count;
    }
}
