namespace Geobuk.Models.Tokenization;

/// <summary>Puts the pieces of a text, delimiters and what lies between them, together to words.</summary>
/// <param name="behavior">What becomes of delimiters.</param>
/// <param name="offset">Added to every position.</param>
/// <param name="words">Receives the words.</param>
internal sealed class DelimiterWords(SplitBehavior behavior, int offset, List<TextRange> words)
{
    private readonly int _first = words.Count;
    private bool _wasDelimiter;

    /// <summary>The next piece from the left; empty ones count only as a break between others.</summary>
    public void Add(int start, int end, bool delimiter)
    {
        var piece = new TextRange(offset + start, offset + end);
        switch (behavior)
        {
            case SplitBehavior.Removed when delimiter:
                break;
            case SplitBehavior.MergedWithPrevious when delimiter && !_wasDelimiter && words.Count > _first:
            case SplitBehavior.MergedWithNext when _wasDelimiter && !delimiter:
            case SplitBehavior.Contiguous when words.Count > _first && delimiter == _wasDelimiter:
                words[^1] = words[^1] with { End = piece.End };
                break;
            default:
                words.Add(piece);
                break;
        }
        _wasDelimiter = delimiter;
    }

    /// <summary>Empty words go.</summary>
    public void Complete()
    {
        var kept = _first;
        for (var i = _first; i < words.Count; i++)
            if (words[i].Length > 0) words[kept++] = words[i];
        words.RemoveRange(kept, words.Count - kept);
    }
}
