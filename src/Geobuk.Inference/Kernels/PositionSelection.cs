namespace Geobuk.Inference.Kernels;

/// <summary>The positions that tokens read, ascending; a token with count 0 reads every position up to its own.</summary>
internal unsafe struct PositionSelection
{
    /// <summary>[tokens, most].</summary>
    public int* Positions;
    /// <summary>[tokens].</summary>
    public int* Counts;
    public int Most;

    /// <summary>The positions of a token, or null where it reads all.</summary>
    public readonly int* Of(int token) => Positions == null || Counts[token] == 0 ? null : Positions + (long)token * Most;
}
