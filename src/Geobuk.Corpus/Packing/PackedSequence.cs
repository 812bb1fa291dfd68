namespace Geobuk.Corpus.Packing;

/// <summary>The pieces that share one training sequence; what they leave free is padding at the end.</summary>
public sealed record PackedSequence(IReadOnlyList<PackedPiece> Pieces)
{
    /// <summary>Tokens in use.</summary>
    public int Length => Pieces.Sum(piece => piece.Length);
}
