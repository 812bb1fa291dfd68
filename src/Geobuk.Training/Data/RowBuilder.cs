using Geobuk.Corpus.Packing;

namespace Geobuk.Training.Data;

/// <summary>Texts one after another in a row, padded at its end.</summary>
internal static class RowBuilder
{
    /// <summary>A row of <paramref name="length"/> tokens, in which the texts fit.</summary>
    public static PackedTokens Build(IReadOnlyList<WeightedTokens> texts, int length)
    {
        var (tokens, positions, documents, shards) = (new int[length], new int[length], new int[length], new int[length]);
        var weights = new float[length];
        var at = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            var (ids, learns) = texts[i];
            ids.CopyTo(tokens, at);
            for (var j = 0; j < ids.Length; j++) (positions[at + j], documents[at + j], weights[at + j]) = (j, i, learns[j] ? 1 : 0);
            at += ids.Length;
        }
        documents.AsSpan(at).Fill(PackedTokens.Padding);
        shards.AsSpan(at).Fill(PackedTokens.Padding);
        return new PackedTokens(tokens, positions, documents, shards, at) { Weights = weights };
    }
}
