namespace Geobuk.Corpus.Cleaning;

/// <summary>Rolling hashes of all windows of a text, and the anchors among them (winnowing: Schleimer, Wilkerson and Aiken 2003).</summary>
internal static class WindowHash
{
    /// <summary>Hash of every window of <paramref name="length"/> characters, by its start; none for a shorter text.</summary>
    public static ulong[] All(ReadOnlySpan<char> text, int length)
    {
        if (text.Length < length) return [];
        var hashes = new ulong[text.Length - length + 1];
        var windows = new RollingHash(text, length);
        for (var i = 0; i < hashes.Length; i++) hashes[i] = windows.Next();
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
}
