using Geobuk.Training.Kernels;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>What attention needs beside the activations.</summary>
/// <param name="Cosine">[B, 1, T, rotary / 2].</param>
/// <param name="Sine">[B, 1, T, rotary / 2].</param>
/// <param name="Mask">True where a query may read a key, [B, 1, T, keys].</param>
/// <param name="Cache">Keys of earlier tokens, or null.</param>
/// <param name="Documents">Where every document lies; null where only the mask says it.</param>
public sealed record AttentionInputs(Tensor Cosine, Tensor Sine, Tensor Mask, LayerCache? Cache = null, IReadOnlyList<DocumentSpan>? Documents = null)
{
    /// <summary>Mean length from which libtorch attends to documents one by one faster than to all by the mask.</summary>
    private const int ShortestMean = 192;

    /// <summary>
    /// softmax(q k^T / sqrt(d)) v of queries [B, heads, T, d] and keys and values [B, groups, T, d], [B, heads, T, d]: causally in every document on
    /// its own, which computes only what the mask would leave, or by the mask.
    /// </summary>
    public Tensor Attend(Tensor queries, Tensor keys, Tensor values)
    {
        if (Documents is { } spans && Cache is null && CausalAttentionFunction.CanUse(queries)) return CausalAttentionFunction.apply(queries, keys, values, spans)[0].transpose(1, 2);
        var (time, groups) = (queries.shape[2], queries.shape[1] / keys.shape[1]);
        if (groups > 1) (keys, values) = (keys.repeat_interleave(groups, 1), values.repeat_interleave(groups, 1));
        if (Documents is not { } documents || documents.Count * ShortestMean > queries.shape[0] * time) return nn.functional.scaled_dot_product_attention(queries, keys, values, Mask);
        if (documents.All(document => document.Length == time)) return nn.functional.scaled_dot_product_attention(queries, keys, values, is_casual: true);
        var rows = documents.GroupBy(document => document.Row).OrderBy(row => row.Key).Select(row => cat([.. row.Select(Alone)], 2)).ToList();
        return rows.Count == 1 ? rows[0] : cat(rows, 0);

        Tensor Alone(DocumentSpan document) => nn.functional.scaled_dot_product_attention(Part(queries, document), Part(keys, document), Part(values, document), is_casual: true);

        static Tensor Part(Tensor heads, DocumentSpan document) => heads.narrow(0, document.Row, 1).narrow(2, document.Start, document.Length);
    }

    /// <summary>RoPE of [B, heads, T, rotary]: element i with element i + rotary / 2.</summary>
    public Tensor RotateHalves(Tensor heads)
    {
        var halves = heads.chunk(2, -1);
        return cat([halves[0] * Cosine - halves[1] * Sine, (halves[1] * Cosine).Plus(halves[0] * Sine)], -1);
    }

    /// <summary>RoPE of [B, heads, T, rotary]: element 2i with element 2i + 1.</summary>
    public Tensor RotatePairs(Tensor heads)
    {
        var pairs = heads.SplitLast(-1, 2).unbind(-1);
        return stack([pairs[0] * Cosine - pairs[1] * Sine, (pairs[1] * Cosine).Plus(pairs[0] * Sine)], -1).flatten(3);
    }
}
