namespace Geobuk.Corpus.Packing;

/// <summary>One training sequence, every array as long as the sequence.</summary>
/// <param name="Tokens">Token ids; 0 in the padding.</param>
/// <param name="Positions">Positions, from 0 in every piece; 0 in the padding.</param>
/// <param name="DocumentIds">The piece's number in the sequence, from 0; <see cref="Padding"/> in the padding. Attention and targets stay within one number.</param>
/// <param name="Shards">The shard of every token, by its place in the list; <see cref="Padding"/> in the padding.</param>
/// <param name="Length">Tokens before the padding.</param>
public sealed record PackedTokens(int[] Tokens, int[] Positions, int[] DocumentIds, int[] Shards, int Length)
{
    /// <summary>Document id of the padding.</summary>
    public const int Padding = -1;
}
