namespace Geobuk.Evaluation.Metrics;

/// <summary>A stretch of a document that is computed at once.</summary>
/// <param name="Document">Index of the document.</param>
/// <param name="Start">First token of the window within the document.</param>
/// <param name="Length">Tokens in the window.</param>
/// <param name="FirstScored">First token of the document that this window scores; those before it are context.</param>
public readonly record struct TokenWindow(int Document, int Start, int Length, int FirstScored)
{
    /// <summary>Index after the window's last token.</summary>
    public int End => Start + Length;

    /// <summary>
    /// Sliding windows over <paramref name="tokens"/> tokens: the first scores all of its own, each later one moves on by
    /// <paramref name="stride"/> and scores what no window scored before, so that every token is scored once and, from
    /// the second window on, with at least window − stride tokens before it.
    /// </summary>
    public static IEnumerable<TokenWindow> Sliding(int document, int tokens, int firstScored, int window, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stride, window);
        var scored = firstScored;
        for (var start = 0; scored < tokens; start += stride)
        {
            var end = Math.Min(tokens, start + window);
            if (end <= scored) continue;
            yield return new TokenWindow(document, start, end - start, scored);
            scored = end;
        }
    }
}
