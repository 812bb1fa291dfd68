namespace Geobuk.Corpus.Packing;

/// <summary>One training sequence, every array as long as the sequence.</summary>
/// <param name="Tokens">Token ids; 0 in the padding.</param>
/// <param name="Positions">Positions, from 0 in every piece; 0 in the padding.</param>
/// <param name="DocumentIds">The piece's number in the sequence, from 0; <see cref="Padding"/> in the padding. Attention and targets stay within one number.</param>
/// <param name="Shards">The shard of every token, by its place in the list; <see cref="Padding"/> in the padding.</param>
/// <param name="Length">Tokens before the padding.</param>
public sealed record PackedTokens(int[] Tokens, int[] Positions, int[] DocumentIds, int[] Shards, int Length)
{
    /// <summary>How much each token counts where it is predicted; null counts all alike.</summary>
    public float[]? Weights { get; init; }
    /// <summary>The place of every token among all tokens of the shards, from 0; <see cref="Padding"/> in the padding; null where there are no shards.</summary>
    public long[]? Origins { get; init; }

    /// <summary>What the first and the second document's log-probability were at the start, for pairs; else null.</summary>
    public (double First, double Second)? References { get; init; }

    /// <summary>Document id of the padding.</summary>
    public const int Padding = -1;
}
