using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;
using Geobuk.Models;
using static Geobuk.Inference.Reference.ReferenceMath;

namespace Geobuk.Inference.Reference;

/// <summary>
/// The whole transformer in scalar single precision, to be read and to hold the engine to account. No cache, no threads, no
/// vectors; quantized weights are decoded to floats first.
/// <code>
/// x = E[token]
/// per layer:  x += Wo attention(norm(x))
///             x += feedforward(norm(x))
/// logits = Wout rmsnorm(x)
/// </code>
/// </summary>
public sealed class ReferenceModel : IDisposable
{
    private readonly ModelWeights _weights;
    private readonly ModelConfig _config;

    internal ReferenceModel(ModelWeights weights) => (_weights, _config) = (weights, weights.Config);

    /// <summary>Opens a GGUF file or a Hugging Face folder.</summary>
    /// <exception cref="UserInputException">The files are missing, broken or unsupported.</exception>
    public static ReferenceModel Load(string path) => new(ModelWeights.Open(path));

    /// <summary>As the other, with a cache that rounds.</summary>
    internal static ReferenceModel Load(string path, Func<float[], float[]> cacheRounding) => new(ModelWeights.Open(path)) { CacheRounding = cacheRounding };

    /// <summary>What a cache makes of a row of keys, values or latents; nothing by default.</summary>
    private Func<float[], float[]> CacheRounding { get; init; } = row => row;

    /// <summary>Logits of every position, [tokens][vocabulary].</summary>
    public float[][] Logits(IReadOnlyList<int> tokens) => Logits(tokens, null);

    /// <summary>A text's place, as <see cref="Engine.Embed"/> says; [hidden].</summary>
    public float[] Embed(IReadOnlyList<int> tokens, Pooling pooling)
    {
        float[][] last = [];
        Logits(tokens, (_, x) => last = x);
        last = Map(last, row => RmsNorm(row, _weights.OutputNorm, _config.NormEpsilon));
        var sum = Enumerable.Range(0, _config.HiddenSize).Select(i => pooling == Pooling.Last ? last[^1][i] : last.Sum(row => (double)row[i])).ToArray();
        var length = Math.Sqrt(sum.Sum(value => value * value));
        return Array.ConvertAll(sum, value => (float)(length > 0 ? value / length : 0));
    }

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    /// <summary>As the other; <paramref name="visit"/> sees the residual stream before the first layer (0) and after every layer.</summary>
    internal float[][] Logits(IReadOnlyList<int> tokens, Action<int, float[][]>? visit)
    {
        var x = Map(tokens, token => Row(_weights.Embedding, token));
        visit?.Invoke(0, x);
        for (var i = 0; i < _weights.Layers.Count; i++)
        {
            var layer = _weights.Layers[i];
            x = Add(x, Linear(layer.AttentionOutput, Attention(layer, Norm(layer.AttentionNorm, x, _config.NormEpsilon))));
            x = Add(x, FeedForward(layer, Norm(layer.FeedForwardNorm, x, _config.NormEpsilon)));
            visit?.Invoke(i + 1, x);
        }
        return Linear(_weights.Output, Map(x, row => RmsNorm(row, _weights.OutputNorm, _config.NormEpsilon)));
    }

    private float[][] Attention(LayerWeights layer, float[][] x) => layer.Attention switch
    {
        LatentAttentionWeights latent => new ReferenceLatentAttention(_weights, latent, CacheRounding).Compute(x),
        GroupedAttentionWeights grouped => GroupedAttention(grouped, x),
        _ => throw new NotSupportedException(layer.Attention.GetType().Name),
    };

    private float[][] FeedForward(LayerWeights layer, float[][] x) => layer.FeedForward switch
    {
        MixtureWeights mixture => ReferenceMixture.Compute(mixture, _config, x),
        MlpWeights mlp => Mlp(mlp, x),
        _ => throw new NotSupportedException(layer.FeedForward.GetType().Name),
    };

    private float[][] GroupedAttention(GroupedAttentionWeights layer, float[][] x)
    {
        var (query, key, value) = (Linear(layer.Query, x), Linear(layer.Key, x), Linear(layer.Value, x));
        for (var t = 0; t < x.Length; t++)
        {
            Rotate(query[t], t);
            Rotate(key[t], t);
        }
        (key, value) = (Map(key, CacheRounding), Map(value, CacheRounding));
        var mixed = Map(x, _ => new float[_config.HeadCount * _config.HeadSize]);
        var group = _config.HeadCount / _config.KeyValueHeadCount;
        for (var t = 0; t < x.Length; t++)
        {
            for (var head = 0; head < _config.HeadCount; head++)
                AttendHead(query[t], key, value, t, head * _config.HeadSize, head / group * _config.HeadSize, mixed[t]);
        }
        return mixed;
    }

    /// <summary>One query head at position t over the keys and values of positions 0 to t.</summary>
    private void AttendHead(float[] query, float[][] keys, float[][] values, int t, int queryStart, int keyStart, float[] output)
    {
        var size = _config.HeadSize;
        var weights = Softmax([.. keys.Take(t + 1).Select(key => Dot(query.AsSpan(queryStart, size), key.AsSpan(keyStart, size)) * (float)_config.AttentionScale)]);
        for (var p = 0; p <= t; p++)
        {
            for (var i = 0; i < size; i++) output[queryStart + i] += weights[p] * values[p][keyStart + i];
        }
    }

    private void Rotate(float[] heads, int position)
    {
        for (var start = 0; start < heads.Length; start += _config.HeadSize)
            ReferenceMath.Rotate(heads.AsSpan(start), _config.HeadSize, position, _weights.InverseFrequencies, _config.Rope.AttentionScale(), _weights.RotaryLayout);
    }

    private static float[][] Add(float[][] x, float[][] y) => [.. x.Zip(y, ReferenceMath.Add)];
}
