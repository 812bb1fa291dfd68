using System.Runtime.InteropServices;

namespace Geobuk.Models.Tokenization;

/// <summary>How often each word of the GPT-2 split occurs.</summary>
internal static class WordCounts
{
    // Longer words are tables drawn with dashes, base64 and the like: nothing to learn, much to store.
    private const int LongestWord = 256;

    /// <summary>Counts the words of all texts.</summary>
    public static Dictionary<string, long> Of(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = Gpt2Splitter.WordEnd(text, start);
                if (end - start <= LongestWord)
                    CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.AsSpan(start, end - start), out _)++;
            }
        }
        return counts;
    }
}
