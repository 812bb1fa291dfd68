using Geobuk.Inference.Weights;
using Geobuk.Models;

namespace Geobuk.Inference.Reference;

/// <summary>
/// The whole transformer (Llama, Qwen2) in scalar single precision, to be read and to hold the engine to account. No cache, no
/// threads, no vectors; quantized weights are decoded to floats first.
/// <code>
/// x = E[token]
/// per layer:  x += Wo attention(rope(Wq n), rope(Wk n), Wv n)   with n = rmsnorm(x)
///             x += Wdown (silu(Wgate n) * Wup n)                with n = rmsnorm(x)
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

    /// <summary>Logits of every position, [tokens][vocabulary].</summary>
    public float[][] Logits(IReadOnlyList<int> tokens)
    {
        var x = Map(tokens, token => Row(_weights.Embedding, token));
        foreach (var layer in _weights.Layers)
        {
            var attention = Attention(layer, Map(x, row => RmsNorm(row, layer.AttentionNorm)));
            for (var t = 0; t < x.Length; t++) x[t] = Add(x[t], attention[t]);
            var feedForward = FeedForward(layer, Map(x, row => RmsNorm(row, layer.FeedForwardNorm)));
            for (var t = 0; t < x.Length; t++) x[t] = Add(x[t], feedForward[t]);
        }
        return Linear(_weights.Output, Map(x, row => RmsNorm(row, _weights.OutputNorm)));
    }

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    private float[][] Attention(LayerWeights layer, float[][] x)
    {
        var (query, key, value) = (Linear(layer.Query, x), Linear(layer.Key, x), Linear(layer.Value, x));
        for (var t = 0; t < x.Length; t++)
        {
            Rotate(query[t], t);
            Rotate(key[t], t);
        }
        var mixed = Map(x, _ => new float[_config.HeadCount * _config.HeadSize]);
        var group = _config.HeadCount / _config.KeyValueHeadCount;
        for (var t = 0; t < x.Length; t++)
        {
            for (var head = 0; head < _config.HeadCount; head++)
                AttendHead(query[t], key, value, t, head * _config.HeadSize, head / group * _config.HeadSize, mixed[t]);
        }
        return Linear(layer.AttentionOutput, mixed);
    }

    /// <summary>One query head at position t over the keys and values of positions 0 to t.</summary>
    private void AttendHead(float[] query, float[][] keys, float[][] values, int t, int queryStart, int keyStart, float[] output)
    {
        var size = _config.HeadSize;
        var weights = new float[t + 1];
        for (var p = 0; p <= t; p++)
        {
            for (var i = 0; i < size; i++) weights[p] += query[queryStart + i] * keys[p][keyStart + i];
            weights[p] /= MathF.Sqrt(size);
        }
        var peak = weights.Max();
        for (var p = 0; p <= t; p++) weights[p] = MathF.Exp(weights[p] - peak);
        var sum = weights.Sum();
        for (var p = 0; p <= t; p++)
        {
            for (var i = 0; i < size; i++) output[queryStart + i] += weights[p] / sum * values[p][keyStart + i];
        }
    }

    /// <summary>RoPE, Su et al. 2021, arXiv:2104.09864: turns each pair of every head by position * frequency.</summary>
    private void Rotate(float[] heads, int position)
    {
        var size = _config.HeadSize;
        var scale = _config.Rope.AttentionScale();
        for (var start = 0; start < heads.Length; start += size)
        {
            for (var i = 0; i < size / 2; i++)
            {
                var angle = position * _weights.InverseFrequencies[i];
                var (cosine, sine) = ((float)(Math.Cos(angle) * scale), (float)(Math.Sin(angle) * scale));
                var (a, b) = _weights.RotaryLayout == RotaryLayout.HalfSplit
                    ? (start + i, start + i + size / 2)
                    : (start + 2 * i, start + 2 * i + 1);
                (heads[a], heads[b]) = (heads[a] * cosine - heads[b] * sine, heads[a] * sine + heads[b] * cosine);
            }
        }
    }

    private static float[][] FeedForward(LayerWeights layer, float[][] x)
    {
        var (gate, up) = (Linear(layer.Gate, x), Linear(layer.Up, x));
        for (var t = 0; t < x.Length; t++)
        {
            for (var i = 0; i < gate[t].Length; i++) gate[t][i] = gate[t][i] / (1 + MathF.Exp(-gate[t][i])) * up[t][i];
        }
        return Linear(layer.Down, gate);
    }

    private float[] RmsNorm(float[] x, float[] weight)
    {
        var squares = 0f;
        foreach (var value in x) squares += value * value;
        var scale = 1 / MathF.Sqrt(squares / x.Length + (float)_config.NormEpsilon);
        return [.. x.Select((value, i) => value * scale * weight[i])];
    }

    private static float[][] Linear(LinearWeights linear, float[][] x)
    {
        var output = Map(x, _ => new float[linear.Outputs]);
        for (var r = 0; r < linear.Outputs; r++)
        {
            var row = Row(linear.Matrix, r);
            for (var t = 0; t < x.Length; t++)
            {
                var sum = 0f;
                for (var k = 0; k < row.Length; k++) sum += row[k] * x[t][k];
                output[t][r] = sum + (linear.Bias?[r] ?? 0);
            }
        }
        return output;
    }

    private static float[] Row(WeightTensor matrix, int row)
    {
        var values = new float[matrix.Columns];
        matrix.DecodeRow(row, values);
        return values;
    }

    private static float[] Add(float[] x, float[] y) => [.. x.Zip(y, (a, b) => a + b)];

    private static TTo[] Map<TFrom, TTo>(IReadOnlyList<TFrom> items, Func<TFrom, TTo> map) => [.. items.Select(map)];
}
