namespace Geobuk.Corpus;

/// <summary>Cuts a document at its end so that it fits a number of tokens.</summary>
internal static class TextCut
{
    /// <summary>
    /// The longest beginning found that ends at a line end, or within a line where lines are too long, and encodes to at most
    /// <paramref name="limit"/> tokens. The text and its own tokens are returned, so that what is measured as text and what is
    /// measured as tokens is the same.
    /// </summary>
    public static (string Text, int[] Tokens) Fit(string text, int tokenCount, int limit, Func<string, int[]> encode)
    {
        var end = (int)((long)text.Length * limit / tokenCount);
        while (end > 0)
        {
            var beginning = text[..LineEnd(text, end)].TrimEnd();
            var tokens = encode(beginning);
            if (tokens.Length <= limit) return (beginning, tokens);
            end = Math.Min((int)((long)beginning.Length * limit / tokens.Length), beginning.Length - 1);
        }
        return ("", []);
    }

    private static int LineEnd(string text, int end)
    {
        var newline = text.LastIndexOf('\n', end - 1, end);
        if (newline > end / 2) return newline;
        return char.IsHighSurrogate(text[end - 1]) ? end - 1 : end;
    }
}
