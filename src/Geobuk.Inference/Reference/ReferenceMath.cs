using Geobuk.Inference.Kernels;
using Geobuk.Inference.Weights;

namespace Geobuk.Inference.Reference;

/// <summary>The operations of the reference model on rows of activations, [tokens][width].</summary>
internal static class ReferenceMath
{
    public static float[][] Linear(LinearWeights linear, float[][] x) => Linear(linear.Matrix, 0, linear.Outputs, linear.Bias, x);

    /// <summary>One matrix of a stack.</summary>
    public static float[][] Linear(WeightTensor stack, int slice, float[][] x) => Linear(stack, (long)slice * stack.SliceRows, stack.SliceRows, null, x);

    public static float[] RmsNorm(float[] x, float[] weight, double epsilon)
    {
        var squares = 0f;
        foreach (var value in x) squares += value * value;
        var scale = 1 / MathF.Sqrt(squares / x.Length + (float)epsilon);
        return [.. x.Select((value, i) => value * scale * weight[i])];
    }

    /// <summary>RMSNorm, and its gate where the model has one: y * sigmoid(Up silu(Down y)).</summary>
    public static float[][] Norm(NormWeights norm, float[][] x, double epsilon)
    {
        var normed = Map(x, row => RmsNorm(row, norm.Scale, epsilon));
        if (norm.GateDown is null || norm.GateUp is null) return normed;
        var gates = Linear(norm.GateUp, Map(Linear(norm.GateDown, normed), row => Map(row, value => value * Sigmoid(value))));
        return [.. normed.Zip(gates, (row, gate) => row.Zip(gate, (value, g) => value * Sigmoid(g)).ToArray())];
    }

    public static float[] LayerNorm(float[] x, float[] scale, float[] bias, double epsilon)
    {
        var mean = x.Sum() / x.Length;
        var variance = x.Sum(value => (value - mean) * (value - mean)) / x.Length;
        return [.. x.Select((value, i) => (value - mean) / MathF.Sqrt(variance + (float)epsilon) * scale[i] + bias[i])];
    }

    /// <summary>RoPE, Su et al. 2021, arXiv:2104.09864: turns each pair of <paramref name="size"/> elements by position * frequency.</summary>
    public static void Rotate(Span<float> head, int size, int position, double[] frequencies, double scale, RotaryLayout layout)
    {
        for (var i = 0; i < size / 2; i++)
        {
            var angle = position * frequencies[i];
            var (cosine, sine) = ((float)(Math.Cos(angle) * scale), (float)(Math.Sin(angle) * scale));
            var (a, b) = layout == RotaryLayout.HalfSplit ? (i, i + size / 2) : (2 * i, 2 * i + 1);
            (head[a], head[b]) = (head[a] * cosine - head[b] * sine, head[a] * sine + head[b] * cosine);
        }
    }

    /// <summary>Swish-gated MLP of every row.</summary>
    public static float[][] Mlp(MlpWeights mlp, float[][] x) => Linear(mlp.Down, Gate(Linear(mlp.Gate, x), Linear(mlp.Up, x)));

    public static float[][] Gate(float[][] gate, float[][] up) =>
        [.. gate.Zip(up, (g, u) => g.Zip(u, (a, b) => a * Sigmoid(a) * b).ToArray())];

    public static float[] Softmax(float[] scores)
    {
        var peak = scores.Max();
        var powers = Map(scores, score => MathF.Exp(score - peak));
        var sum = powers.Sum();
        return Map(powers, power => power / sum);
    }

    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    public static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    public static float[] Add(float[] x, float[] y) => [.. x.Zip(y, (a, b) => a + b)];

    public static float[] Row(WeightTensor matrix, long row)
    {
        var values = new float[matrix.Columns];
        matrix.DecodeRow(row, values);
        return values;
    }

    public static TTo[] Map<TFrom, TTo>(IReadOnlyList<TFrom> items, Func<TFrom, TTo> map) => [.. items.Select(map)];

    private static float[][] Linear(WeightTensor matrix, long firstRow, int outputs, float[]? bias, float[][] x)
    {
        var output = Map(x, _ => new float[outputs]);
        for (var r = 0; r < outputs; r++)
        {
            var row = Row(matrix, firstRow + r);
            for (var t = 0; t < x.Length; t++) output[t][r] = Dot(row, x[t]) + (bias?[r] ?? 0);
        }
        return output;
    }
}
