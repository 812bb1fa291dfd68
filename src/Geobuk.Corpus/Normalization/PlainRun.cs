using System.Numerics;
using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Normalization;

/// <summary>Runs of printable ASCII and Hangul syllables, which most of a Korean text is made of, a vector at a time.</summary>
internal static class PlainRun
{
    /// <summary>Characters at the beginning of <paramref name="text"/> that are printable ASCII or Hangul syllables.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        var place = 0;
        var vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(MemoryMarshal.Cast<char, ushort>(text));
        var (space, printable, first, syllables) = (new Vector<ushort>(' '), new Vector<ushort>('~' - ' '), new Vector<ushort>('가'), new Vector<ushort>('힣' - '가'));
        foreach (var vector in vectors)
        {
            var plain = Vector.LessThanOrEqual(vector - space, printable) | Vector.LessThanOrEqual(vector - first, syllables);
            if (!Vector.EqualsAll(plain, Vector<ushort>.AllBitsSet)) break;
            place += Vector<ushort>.Count;
        }
        while (place < text.Length && text[place] is (>= ' ' and <= '~') or (>= '가' and <= '힣')) place++;
        return place;
    }
}
