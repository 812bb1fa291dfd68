namespace Geobuk.Corpus.Cleaning;

/// <summary>Rolling hashes of all windows of a text (Karp and Rabin 1987), and the anchors among them (winnowing: Schleimer, Wilkerson and Aiken 2003).</summary>
internal static class WindowHash
{
    private const ulong Base = 0x9E3779B97F4A7C15UL;

    /// <summary>Hash of every window of <paramref name="length"/> characters, by its start; none for a shorter text.</summary>
    public static ulong[] All(ReadOnlySpan<char> text, int length)
    {
        if (text.Length < length) return [];
        var hashes = new ulong[text.Length - length + 1];
        unchecked
        {
            ulong hash = 0, first = 1;
            for (var i = 1; i < length; i++) first *= Base;
            for (var i = 0; i < length; i++) hash = hash * Base + text[i];
            hashes[0] = Mix(hash);
            for (var i = length; i < text.Length; i++)
            {
                hash = (hash - text[i - length] * first) * Base + text[i];
                hashes[i - length + 1] = Mix(hash);
            }
        }
        return hashes;
    }

    /// <summary>
    /// Of every run of <paramref name="run"/> windows the place of the least hash, the last of equal ones, without repetition: two texts that share
    /// window length + run - 1 characters share an anchor in them.
    /// </summary>
    public static IEnumerable<int> Anchors(ulong[] hashes, int run)
    {
        if (hashes.Length == 0) yield break;
        run = Math.Min(run, hashes.Length);
        var least = -1;
        for (var end = run - 1; end < hashes.Length; end++)
        {
            var start = end - run + 1;
            var before = least;
            if (least < start)
            {
                least = start;
                for (var i = start + 1; i <= end; i++)
                    if (hashes[i] <= hashes[least]) least = i;
            }
            else if (hashes[end] <= hashes[least]) least = end;
            if (least != before) yield return least;
        }
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ value >> 32) * 0xD6E8FEB86659FD93UL;
            return value ^ value >> 32;
        }
    }
}
