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
}
