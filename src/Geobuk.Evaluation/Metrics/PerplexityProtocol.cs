namespace Geobuk.Evaluation.Metrics;

/// <summary>Sizes of the sliding windows; part of what a perplexity means.</summary>
/// <param name="Window">Tokens at most that the model sees.</param>
/// <param name="Stride">Tokens by which the window moves on.</param>
public sealed record PerplexityProtocol(int Window, int Stride)
{
    /// <summary>Windows of 512 by 256, or of a shorter context and its half.</summary>
    public static PerplexityProtocol For(int contextLength)
    {
        var window = Math.Min(512, contextLength);
        return new PerplexityProtocol(window, Math.Max(1, window / 2));
    }
}
