namespace Geobuk.Compression.Budget;

/// <summary>Σ p (log p − log q) of two distributions given by their logits, in nats.</summary>
internal static class KullbackLeibler
{
    public static double Of(ReadOnlySpan<float> p, ReadOnlySpan<float> q)
    {
        var (normP, normQ) = (LogSum(p), LogSum(q));
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            var log = p[i] - normP;
            if (log > -25) sum += Math.Exp(log) * (log - (q[i] - normQ));
        }
        return Math.Max(0, sum);
    }

    private static double LogSum(ReadOnlySpan<float> logits)
    {
        var most = float.NegativeInfinity;
        foreach (var logit in logits) most = MathF.Max(most, logit);
        var sum = 0.0;
        foreach (var logit in logits) sum += MathF.Exp(logit - most);
        return most + Math.Log(sum);
    }
}
