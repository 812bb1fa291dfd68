using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Sampling;

/// <summary>Natural logarithms of the probabilities that logits stand for.</summary>
public static class LogProbabilities
{
    /// <summary>log(sum(exp(logits))): a token's log-probability is its logit minus this.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var peak = Peak(logits);
        var (sum, i) = (0.0, 0);
        for (; i + 8 <= logits.Length; i += 8)
        {
            var (low, high) = Vector256.Widen(Vector256.Exp(Vector256.Create(logits.Slice(i, 8)) - Vector256.Create(peak)));
            sum += Vector256.Sum(low + high);
        }
        for (; i < logits.Length; i++) sum += MathF.Exp(logits[i] - peak);
        return peak + Math.Log(sum);
    }

    /// <summary>The largest of the logits.</summary>
    public static float Peak(ReadOnlySpan<float> logits)
    {
        var (peaks, i) = (Vector256.Create(float.NegativeInfinity), 0);
        for (; i + 8 <= logits.Length; i += 8) peaks = Vector256.Max(peaks, Vector256.Create(logits.Slice(i, 8)));
        var peak = float.NegativeInfinity;
        for (var lane = 0; lane < 8; lane++) peak = MathF.Max(peak, peaks[lane]);
        for (; i < logits.Length; i++) peak = MathF.Max(peak, logits[i]);
        return peak;
    }

    /// <summary>The <paramref name="count"/> likeliest tokens, likeliest first, ties by id.</summary>
    public static IReadOnlyList<TokenLogProb> Top(ReadOnlySpan<float> logits, double logSumExp, int count)
    {
        var queue = new PriorityQueue<int, (float Logit, int Id)>();
        for (var i = 0; i < logits.Length && count > 0; i++)
        {
            if (queue.Count < count) queue.Enqueue(i, (logits[i], -i));
            else if (queue.TryPeek(out _, out var least) && logits[i] > least.Logit) queue.DequeueEnqueue(i, (logits[i], -i));
        }
        var top = new TokenLogProb[queue.Count];
        for (var i = top.Length - 1; i >= 0; i--)
        {
            var id = queue.Dequeue();
            top[i] = new TokenLogProb(id, (float)(logits[id] - logSumExp));
        }
        return top;
    }
}
