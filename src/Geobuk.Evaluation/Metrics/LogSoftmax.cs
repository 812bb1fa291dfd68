using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// Log-probabilities in double precision: log p_i = x_i − log Σ exp x_j, with the largest logit taken out first.
/// Single precision would lose the tails that a KL divergence is made of.
/// </summary>
public static class LogSoftmax
{
    /// <summary>log Σ exp x_j of one position's logits.</summary>
    /// <exception cref="InvalidDataException">A logit is not a number or the whole row is infinite: the model is broken.</exception>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        double peak = Peak(logits);
        var sums = Vector512<double>.Zero;
        var shift = Vector512.Create(peak);
        var blocks = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        foreach (var block in blocks)
        {
            var (lower, upper) = Vector512.Widen(block);
            sums += Vector512.Exp(lower - shift) + Vector512.Exp(upper - shift);
        }
        var sum = Vector512.Sum(sums);
        foreach (var logit in logits[(blocks.Length * Vector512<float>.Count)..]) sum += Math.Exp(logit - peak);
        return peak + Math.Log(sum);
    }

    /// <summary>Natural logarithm of the probability of <paramref name="token"/>.</summary>
    public static double LogProbability(ReadOnlySpan<float> logits, int token) => logits[token] - LogSumExp(logits);

    /// <summary>KL(p ‖ q) = Σ p_i (log p_i − log q_i) in nats, p and q given by their logits.</summary>
    public static double Divergence(ReadOnlySpan<float> p, ReadOnlySpan<float> q) => Divergence(p, LogSumExp(p), q, LogSumExp(q));

    /// <summary>As the other overload, with each row's <see cref="LogSumExp"/> already known.</summary>
    public static double Divergence(ReadOnlySpan<float> p, double normP, ReadOnlySpan<float> q, double normQ)
    {
        if (p.Length != q.Length) throw new ArgumentException($"The vocabularies have {p.Length} and {q.Length} entries.", nameof(q));
        var shift = Vector512.Create(normP);
        var sums = Vector512<double>.Zero;
        var blocksP = MemoryMarshal.Cast<float, Vector512<float>>(p);
        var blocksQ = MemoryMarshal.Cast<float, Vector512<float>>(q);
        for (var i = 0; i < blocksP.Length; i++)
        {
            var (lowerP, upperP) = Vector512.Widen(blocksP[i]);
            var (lowerQ, upperQ) = Vector512.Widen(blocksQ[i]);
            sums += Vector512.Exp(lowerP - shift) * (lowerP - lowerQ) + Vector512.Exp(upperP - shift) * (upperP - upperQ);
        }
        var sum = Vector512.Sum(sums);
        for (var i = blocksP.Length * Vector512<float>.Count; i < p.Length; i++) sum += Math.Exp(p[i] - normP) * ((double)p[i] - q[i]);
        // Σ p_i = 1, so the norms come out of the sum; equal rows may leave −1e-17.
        return Math.Max(0, sum - normP + normQ);
    }

    /// <summary>The likeliest token, the lowest id among equals.</summary>
    public static int Top(ReadOnlySpan<float> logits)
    {
        var top = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[top]) top = i;
        return top;
    }

    private static float Peak(ReadOnlySpan<float> logits)
    {
        var blocks = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        var peaks = Vector512.Create(float.NegativeInfinity);
        // Max carries NaN along, so one test at the end finds it anywhere in the row.
        foreach (var block in blocks) peaks = Vector512.Max(peaks, block);
        var peak = float.NegativeInfinity;
        for (var i = 0; i < Vector512<float>.Count; i++) peak = MathF.Max(peak, peaks[i]);
        foreach (var logit in logits[(blocks.Length * Vector512<float>.Count)..]) peak = MathF.Max(peak, logit);
        return float.IsFinite(peak) ? peak : throw new InvalidDataException($"The largest logit of a position is {peak}; a sound model gives finite numbers.");
    }
}
