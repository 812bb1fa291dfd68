namespace Geobuk.Corpus.Selection;

/// <summary>
/// Fills a number of tokens from documents offered in order. Whole documents first, none larger than its share of the budget, so
/// that one long statute is not the whole of a set; what stays open is filled from the beginnings of the longer ones.
/// </summary>
public sealed class TokenBudget
{
    private readonly List<(int Index, int Tokens)> _long = [];
    private readonly int _share;

    /// <param name="tokens">Budget.</param>
    /// <param name="documents">Documents that will be offered at most.</param>
    /// <param name="parts">A document gives at most one of so many parts, more where there are fewer documents.</param>
    public TokenBudget(long tokens, int documents, int parts)
    {
        Remaining = tokens;
        var divisor = Math.Max(1, Math.Min(documents, parts));
        _share = (int)Math.Min(int.MaxValue, (tokens + divisor - 1) / divisor);
    }

    /// <summary>Tokens still open.</summary>
    public long Remaining { get; private set; }

    /// <summary>True when offering more documents is of no use.</summary>
    public bool Satisfied => Remaining <= 0 || (_long.Count > 0 && Remaining <= _share);

    /// <summary>Offers a document; true takes it whole, false keeps it in mind for <see cref="Cuts"/>.</summary>
    public bool Offer(int index, int tokens)
    {
        if (tokens <= _share && tokens <= Remaining)
        {
            Remaining -= tokens;
            return true;
        }
        _long.Add((index, tokens));
        return false;
    }

    /// <summary>How many tokens to take from the beginning of which offered documents, to fill what is open.</summary>
    public IReadOnlyList<(int Index, int Tokens)> Cuts()
    {
        var level = Level();
        var cuts = new List<(int, int)>();
        var open = Remaining;
        foreach (var (index, tokens) in _long)
        {
            if (open <= 0) break;
            var taken = (int)Math.Min(Math.Min(tokens, level), open);
            cuts.Add((index, taken));
            open -= taken;
        }
        return cuts;
    }

    // The lowest cap on every long document, from the share up, at which together they fill what is open.
    private int Level()
    {
        int low = _share, high = _long.Count == 0 ? _share : Math.Max(_share, _long.Max(entry => entry.Tokens));
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (_long.Sum(entry => (long)Math.Min(entry.Tokens, middle)) >= Remaining) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
