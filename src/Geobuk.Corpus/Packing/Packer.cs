namespace Geobuk.Corpus.Packing;

/// <summary>
/// Best-fit-decreasing packing (Johnson 1974; for language models Ding et al. 2024, arXiv:2404.10830): a document longer than a
/// sequence is cut into whole sequences and what is left at its two ends; all remaining pieces, the longest first, go into the
/// sequence whose room they fill most tightly. Where the cuts lie, the order among equal lengths and the order of the sequences
/// are drawn anew for every epoch as a pure function of (seed, epoch), so a resumed run continues with the same data.
/// Time grows with documents + tokens / length, not with tokens.
/// </summary>
public static class Packer
{
    private const uint CutStream = 1, TieStream = 2, OrderStream = 3;

    /// <param name="lengths">Tokens per document; documents of no tokens are passed over.</param>
    /// <param name="sequenceLength">Room per sequence.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Pass over the data, from 0.</param>
    public static PackedEpoch Pack(IReadOnlyList<int> lengths, int sequenceLength, ulong seed, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        var sequences = new List<List<PackedPiece>>();
        var pieces = Cut(lengths, sequenceLength, new CounterRandom(seed, epoch, CutStream), sequences);
        PackPieces(ByDecreasingLength(pieces, sequenceLength, new CounterRandom(seed, epoch, TieStream)), sequenceLength, sequences);
        Shuffle(sequences, new CounterRandom(seed, epoch, OrderStream));
        var packed = sequences.ConvertAll(list => new PackedSequence([.. list]));
        return new PackedEpoch(packed, sequenceLength, lengths.Sum(length => (long)length));
    }

    // Whole sequences go straight to the list; returned are the pieces shorter than one.
    private static List<PackedPiece> Cut(IReadOnlyList<int> lengths, int room, CounterRandom random, List<List<PackedPiece>> full)
    {
        var pieces = new List<PackedPiece>(lengths.Count);
        for (var document = 0; document < lengths.Count; document++)
        {
            var length = lengths[document];
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
            var start = length > room ? random.Below(document, room) : 0;
            if (start > 0) pieces.Add(new PackedPiece(document, 0, start));
            for (; length - start >= room; start += room) full.Add([new PackedPiece(document, start, room)]);
            if (length > start) pieces.Add(new PackedPiece(document, start, length - start));
        }
        return pieces;
    }

    // A counting sort over lengths, after a shuffle that settles the order among equals.
    private static PackedPiece[] ByDecreasingLength(List<PackedPiece> pieces, int room, CounterRandom random)
    {
        Shuffle(pieces, random);
        var next = new int[room + 1];
        foreach (var piece in pieces) next[piece.Length - 1]++;
        for (var length = room - 1; length >= 0; length--) next[length] += next[length + 1];
        var sorted = new PackedPiece[pieces.Count];
        foreach (var piece in pieces) sorted[next[piece.Length]++] = piece;
        return sorted;
    }

    private static void PackPieces(PackedPiece[] pieces, int capacity, List<List<PackedPiece>> sequences)
    {
        var rooms = new RoomIndex(capacity);
        foreach (var piece in pieces)
        {
            if (!rooms.TryTake(piece.Length, out var sequence, out var room))
            {
                sequence = sequences.Count;
                room = capacity;
                sequences.Add([]);
            }
            sequences[sequence].Add(piece);
            rooms.Put(sequence, room - piece.Length);
        }
    }

    private static void Shuffle<T>(List<T> items, CounterRandom random)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var other = random.Below(i, i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }
}
