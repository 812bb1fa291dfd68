using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>Vector operations of one token.</summary>
internal static unsafe class Elementwise
{
    /// <summary>target = source / sqrt(mean(source^2) + epsilon) * weight. Zhang and Sennrich 2019, arXiv:1910.07467.</summary>
    public static void RmsNorm(float* source, ReadOnlySpan<float> weight, float* target, float epsilon)
    {
        unchecked
        {
            var count = weight.Length;
            var scale = 1 / MathF.Sqrt(FloatDot.Dot(source, source, count) / count + epsilon);
            fixed (float* w = weight)
            {
                var i = 0;
                for (; i + 8 <= count; i += 8) (Vector256.Load(source + i) * Vector256.Create(scale) * Vector256.Load(w + i)).Store(target + i);
                for (; i < count; i++) target[i] = source[i] * scale * w[i];
            }
        }
    }

    /// <summary>gate = gate / (1 + exp(-gate)) * up. Shazeer 2020, arXiv:2002.05202.</summary>
    public static void SwiGlu(float* gate, float* up, int count)
    {
        unchecked
        {
            var i = 0;
            for (; i + 8 <= count; i += 8)
            {
                var g = Vector256.Load(gate + i);
                (g / (Vector256<float>.One + Vector256.Exp(-g)) * Vector256.Load(up + i)).Store(gate + i);
            }
            for (; i < count; i++) gate[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
        }
    }

    /// <summary>target += factor * source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(float* target, float* source, float factor, int count)
    {
        unchecked
        {
            var i = 0;
            var f = Vector256.Create(factor);
            for (; i + 8 <= count; i += 8)
                Vector256.MultiplyAddEstimate(f, Vector256.Load(source + i), Vector256.Load(target + i)).Store(target + i);
            for (; i < count; i++) target[i] = MathF.FusedMultiplyAdd(factor, source[i], target[i]);
        }
    }

    /// <summary>target *= 1 / (1 + exp(-gate)).</summary>
    public static void MultiplySigmoid(float* target, float* gate, int count)
    {
        unchecked
        {
            var i = 0;
            for (; i + 8 <= count; i += 8)
                (Vector256.Load(target + i) / (Vector256<float>.One + Vector256.Exp(-Vector256.Load(gate + i)))).Store(target + i);
            for (; i < count; i++) target[i] /= 1 + MathF.Exp(-gate[i]);
        }
    }

    /// <summary>values = values / (1 + exp(-values)).</summary>
    public static void Silu(float* values, int count)
    {
        unchecked
        {
            for (var i = 0; i < count; i++) values[i] /= 1 + MathF.Exp(-values[i]);
        }
    }

    /// <summary>values = (values - mean) / sqrt(variance + epsilon) * scale + bias. Ba et al. 2016, arXiv:1607.06450.</summary>
    public static void LayerNorm(float* values, ReadOnlySpan<float> scale, ReadOnlySpan<float> bias, float epsilon)
    {
        unchecked
        {
            var (sum, squares) = (0f, 0f);
            for (var i = 0; i < scale.Length; i++) sum += values[i];
            var mean = sum / scale.Length;
            for (var i = 0; i < scale.Length; i++) squares += (values[i] - mean) * (values[i] - mean);
            var factor = 1 / MathF.Sqrt(squares / scale.Length + epsilon);
            for (var i = 0; i < scale.Length; i++) values[i] = (values[i] - mean) * factor * scale[i] + bias[i];
        }
    }

    /// <summary>A row of scores takes whole vectors of eight.</summary>
    public static int Padded(int length) => (length + 7) & -8;

    /// <summary>exp(s - max) / sum, in place; the padding up to <see cref="Padded"/> becomes 0.</summary>
    public static void Softmax(float* scores, int length)
    {
        unchecked
        {
            var padded = Padded(length);
            for (var i = length; i < padded; i++) scores[i] = float.NegativeInfinity;
            var largest = Vector256.Load(scores);
            for (var i = 8; i < padded; i += 8) largest = Vector256.Max(largest, Vector256.Load(scores + i));
            var peak = Vector256.Create(Lanes.Max(largest));
            var sum = Vector256<float>.Zero;
            for (var i = 0; i < padded; i += 8)
            {
                var e = Vector256.Exp(Vector256.Load(scores + i) - peak);
                e.Store(scores + i);
                sum += e;
            }
            var scale = Vector256.Create(1 / Lanes.Sum(sum));
            for (var i = 0; i < padded; i += 8) (Vector256.Load(scores + i) * scale).Store(scores + i);
        }
    }
}
