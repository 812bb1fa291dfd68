using Geobuk.Corpus.Packing;
using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Proofs;

/// <summary>
/// Short windows of the job's own first sequences, with the positions and document numbers that the packer gave them, and the same
/// documents one by one.
/// </summary>
internal static class ProofSample
{
    /// <summary>Windows, and tokens in each: enough for several documents, little enough for a second.</summary>
    private const int Windows = 4, Length = 64;

    /// <summary>Windows that hold the end of one document and the start of the next, as far as the sequences have such places.</summary>
    public static IReadOnlyList<PackedTokens> From(IEnumerable<PackedTokens> sequences)
    {
        var candidates = sequences.Select(sequence => (Sequence: sequence, Start: Start(sequence))).ToList();
        var chosen = candidates.OrderBy(entry => entry.Start is null).Take(Windows).ToList();
        return [.. chosen.Select(entry => Window(entry.Sequence, entry.Start ?? 0))];
    }

    /// <summary>Every document of the windows as a batch of its own, positions counted from 0.</summary>
    public static IEnumerable<PackedBatch> Alone(IReadOnlyList<PackedTokens> windows, Device device)
    {
        foreach (var window in windows)
        {
            for (var start = 0; start < window.Length;)
            {
                var end = start + 1;
                while (end < window.Length && window.DocumentIds[end] == window.DocumentIds[start]) end++;
                if (end - start > 1)
                {
                    yield return new PackedBatch([new PackedTokens(window.Tokens[start..end], [.. Enumerable.Range(0, end - start)], new int[end - start], new int[end - start], end - start)
                    {
                        Weights = window.Weights?[start..end],
                    }], device);
                }
                start = end;
            }
        }
    }

    /// <summary>
    /// A document's start that is followed by another's within the window; else a place with a boundary in its middle; null where
    /// the sequence is one document.
    /// </summary>
    private static int? Start(PackedTokens sequence)
    {
        var starts = Enumerable.Range(0, sequence.Length).Where(i => i == 0 || sequence.DocumentIds[i] != sequence.DocumentIds[i - 1]).ToList();
        if (starts.Count < 2) return null;
        for (var i = 0; i + 1 < starts.Count; i++)
            if (starts[i + 1] - starts[i] is > 1 and < Length - 1) return starts[i];
        return Math.Max(0, starts[1] - Length / 2);
    }

    private static PackedTokens Window(PackedTokens sequence, int start)
    {
        var size = Math.Min(Length, sequence.Tokens.Length);
        start = Math.Min(start, sequence.Tokens.Length - size);
        return new PackedTokens(sequence.Tokens[start..(start + size)], sequence.Positions[start..(start + size)], sequence.DocumentIds[start..(start + size)],
            sequence.Shards[start..(start + size)], Math.Clamp(sequence.Length - start, 0, size))
        {
            Weights = sequence.Weights?[start..(start + size)],
        };
    }
}
