namespace Geobuk.Corpus.Packing;

/// <summary>One epoch's sequences in training order.</summary>
/// <param name="Sequences">Every token of every document lies in exactly one piece.</param>
/// <param name="SequenceLength">Room per sequence.</param>
/// <param name="TokenCount">Tokens in all pieces.</param>
public sealed record PackedEpoch(IReadOnlyList<PackedSequence> Sequences, int SequenceLength, long TokenCount)
{
    /// <summary>Share of the room that tokens fill, 0 to 1; 1 where there is nothing to pack.</summary>
    public double FillRate => Sequences.Count == 0 ? 1 : TokenCount / ((double)Sequences.Count * SequenceLength);
}
