using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models;
using static Geobuk.Inference.Reference.ReferenceMath;

namespace Geobuk.Inference.Reference;

/// <summary>
/// Latent attention as its definition reads, with keys and values of every head written out:
/// <code>
/// c = Wqa x, r = rmsnorm(c), [qn | qr] = Wqb r             queries per head, qr turned; without a latent Wq x
/// [l | kr] = Wkva x, l = rmsnorm(l)                        kr turned, shared by all heads
/// kn = Wkb l, v = Wvb l                                    per head
/// out = softmax(scale (qn kn + qr kr)) v [* sigmoid(Wg c)]
/// </code>
/// With an indexer, a query beyond its limit sees only the positions of the highest index scores.
/// </summary>
internal sealed class ReferenceLatentAttention(ModelWeights model, LatentAttentionWeights weights, Func<float[], float[]> cacheRounding)
{
    private const double IndexNormEpsilon = 1e-6;

    private readonly ModelConfig _config = model.Config;
    private readonly LatentAttentionConfig _latent = model.Config.Latent!;

    public float[][] Compute(float[][] x)
    {
        var compressed = weights.QueryLatent is { } query ? Linear(query.Down, x) : x;
        var normed = weights.QueryLatent is { } latent ? Map(compressed, row => RmsNorm(row, latent.Norm, LatentAttentionConfig.NormEpsilon)) : x;
        var queries = Linear(weights.Query, normed);
        var latents = Linear(weights.KeyValueDown, x);
        for (var t = 0; t < x.Length; t++)
        {
            for (var h = 0; h < _config.HeadCount; h++)
                Rotate(queries[t].AsSpan(h * _latent.KeyHeadSize + _latent.PlainHeadSize), t, model.RotaryLayout);
            Rotate(latents[t].AsSpan(_latent.KeyValueRank), t, model.RotaryLayout);
        }
        var cached = Map(latents, row => cacheRounding([.. RmsNorm(row[.._latent.KeyValueRank], weights.KeyValueNorm, LatentAttentionConfig.NormEpsilon), .. row[_latent.KeyValueRank..]]));
        latents = Map(cached, row => row[.._latent.KeyValueRank]);
        var rotated = Map(cached, row => row[_latent.KeyValueRank..]);
        var visible = Visible(normed, x);
        var mixed = Map(x, _ => new float[_config.HeadCount * _latent.ValueHeadSize]);
        for (var h = 0; h < _config.HeadCount; h++) AttendHead(h, queries, latents, rotated, visible, mixed);
        if (weights.Gate is null) return mixed;
        var gates = Linear(weights.Gate, compressed);
        return [.. mixed.Zip(gates, (row, gate) => row.Zip(gate, (value, g) => value * Sigmoid(g)).ToArray())];
    }

    private void AttendHead(int head, float[][] queries, float[][] latents, float[][] rotated, int[][] visible, float[][] mixed)
    {
        var keys = Map(latents, row => KeyOf(head, row));
        var values = Linear(weights.ValueUp, head, latents);
        for (var t = 0; t < queries.Length; t++)
        {
            var query = queries[t].AsSpan(head * _latent.KeyHeadSize, _latent.KeyHeadSize).ToArray();
            var shares = Softmax(Map(visible[t], p => (float)_config.AttentionScale *
                (Dot(query.AsSpan(0, _latent.PlainHeadSize), keys[p]) + Dot(query.AsSpan(_latent.PlainHeadSize), rotated[p]))));
            for (var i = 0; i < visible[t].Length; i++)
            {
                for (var d = 0; d < _latent.ValueHeadSize; d++)
                    mixed[t][head * _latent.ValueHeadSize + d] += shares[i] * values[visible[t][i]][d];
            }
        }
    }

    /// <summary>The plain key part of a head: the file holds that projection transposed.</summary>
    private float[] KeyOf(int head, float[] latent)
    {
        var key = new float[_latent.PlainHeadSize];
        for (var j = 0; j < latent.Length; j++)
        {
            var row = Row(weights.KeyUp, (long)head * _latent.KeyValueRank + j);
            for (var i = 0; i < key.Length; i++) key[i] += row[i] * latent[j];
        }
        return key;
    }

    /// <summary>The positions that each token sees, ascending.</summary>
    private int[][] Visible(float[][] normed, float[][] x)
    {
        var all = Map(x.Select((_, t) => t).ToArray(), t => Enumerable.Range(0, t + 1).ToArray());
        if (weights.Indexer is not { } indexer || x.Length <= _latent.Indexer!.TopK) return all;
        var size = _latent.Indexer.HeadSize;
        var queries = Linear(indexer.Query, normed);
        var keys = Map(Linear(indexer.Key, x), row => LayerNorm(row, indexer.KeyNormScale, indexer.KeyNormBias, IndexNormEpsilon));
        var headWeights = Linear(indexer.HeadWeights, x);
        for (var t = 0; t < x.Length; t++)
        {
            for (var h = 0; h < _latent.Indexer.Heads; h++) Rotate(queries[t].AsSpan(h * size), t, RotaryLayout.HalfSplit);
            Rotate(keys[t], t, RotaryLayout.HalfSplit);
        }
        keys = Map(keys, cacheRounding);
        return [.. all.Select((positions, t) => positions.Length <= _latent.Indexer.TopK
            ? positions
            : [.. positions.OrderByDescending(p => Score(queries[t], keys[p], headWeights[t])).Take(_latent.Indexer.TopK).Order()])];
    }

    private static float Score(float[] query, float[] key, float[] headWeights)
    {
        var sum = 0f;
        for (var h = 0; h < headWeights.Length; h++)
            sum += headWeights[h] * MathF.Max(0, Dot(query.AsSpan(h * key.Length, key.Length), key));
        return sum / MathF.Sqrt((float)headWeights.Length * key.Length);
    }

    private void Rotate(Span<float> part, int position, RotaryLayout layout) =>
        ReferenceMath.Rotate(part, _latent.RotaryHeadSize, position, model.InverseFrequencies, _config.Rope.AttentionScale(), layout);
}
