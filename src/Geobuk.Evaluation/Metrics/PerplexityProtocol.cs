namespace Geobuk.Evaluation.Metrics;

/// <summary>Sizes of the sliding windows; part of what a perplexity means.</summary>
/// <param name="Window">Tokens at most that the model sees.</param>
/// <param name="Stride">Tokens by which the window moves on.</param>
public sealed record PerplexityProtocol(int Window, int Stride)
{
    /// <summary>
    /// Windows of 512 tokens that move on by 384, or a shorter context and three quarters of it: every scored token but
    /// those of the first window has 128 tokens or more before it, for a third more computing.
    /// </summary>
    public static PerplexityProtocol For(int contextLength)
    {
        var window = Math.Max(2, Math.Min(512, contextLength));
        return new PerplexityProtocol(window, Math.Max(1, window * 3 / 4));
    }
}
