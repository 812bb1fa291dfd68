using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>One AdamW update of a range of weights in one pass over memory.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Rate">Step over the corrected first moment.</param>
/// <param name="Epsilon">Added to the root of the second moment, times the root of its correction.</param>
/// <param name="Keep">What decay leaves of a weight.</param>
internal readonly unsafe record struct AdamKernel(float Beta1, float Beta2, float Rate, float Epsilon, float Keep)
{
    /// <summary>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w = keep w - rate m / (sqrt(v) + eps).</summary>
    public void Update(float* master, float* moment1, float* moment2, float* gradient, long from, long to)
    {
        var i = from;
        var (b1, b2, keep) = (Vector512.Create(Beta1), Vector512.Create(Beta2), Vector512.Create(Keep));
        var (a1, a2, rate, epsilon) = (Vector512.Create(1 - Beta1), Vector512.Create(1 - Beta2), Vector512.Create(Rate), Vector512.Create(Epsilon));
        for (; i <= to - 16; i += 16)
        {
            var g = Vector512.Load(gradient + i);
            var m = b1 * Vector512.Load(moment1 + i) + a1 * g;
            var v = b2 * Vector512.Load(moment2 + i) + a2 * g * g;
            m.Store(moment1 + i);
            v.Store(moment2 + i);
            (keep * Vector512.Load(master + i) - rate * m / (Vector512.Sqrt(v) + epsilon)).Store(master + i);
        }
        for (; i < to; i++)
        {
            var g = gradient[i];
            moment1[i] = Beta1 * moment1[i] + (1 - Beta1) * g;
            moment2[i] = Beta2 * moment2[i] + (1 - Beta2) * g * g;
            master[i] = Keep * master[i] - Rate * moment1[i] / (MathF.Sqrt(moment2[i]) + Epsilon);
        }
    }
}
