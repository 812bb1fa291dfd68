namespace Geobuk.Inference.Drafting;

/// <summary>
/// Guesses that a sequence repeats itself: where its last tokens stood before, what followed then follows again (prompt lookup
/// decoding; Saxena 2023). Looks at its own sequence only.
/// </summary>
internal sealed class PromptLookup
{
    private const int Gram = 2;
    private const int MostCandidates = 16;
    private readonly Dictionary<(int, int), int> _latest = [];
    private readonly List<int> _earlier = [];
    private int _indexed;

    /// <summary>Guesses what follows the sequence, from the place where most of its last tokens stand.</summary>
    public Draft Guess(ReadOnlySpan<int> sequence, Span<int> target)
    {
        Index(sequence);
        if (sequence.Length < Gram || !_latest.TryGetValue((sequence[^2], sequence[^1]), out var place)) return default;
        var best = (End: 0, Match: 0);
        for (var i = 0; i < MostCandidates && place > 0; i++, place = _earlier[place])
        {
            var match = Match(sequence, place);
            if (match > best.Match) best = (place, match);
        }
        if (best.Match == 0) return default;
        var count = Math.Min(target.Length, sequence.Length - best.End);
        sequence.Slice(best.End, count).CopyTo(target);
        return new Draft(count, best.Match);
    }

    /// <summary>Tokens that agree before a place and before the end.</summary>
    private static int Match(ReadOnlySpan<int> sequence, int place)
    {
        var match = 0;
        while (match < 32 && match < place && sequence[place - 1 - match] == sequence[^(1 + match)]) match++;
        return match;
    }

    /// <summary>Records, for every pair but the last, where it ended and where the same pair ended before.</summary>
    private void Index(ReadOnlySpan<int> sequence)
    {
        for (; _indexed < sequence.Length; _indexed++)
        {
            // _earlier[end] belongs to the pair whose last token stands at end - 1.
            _earlier.Add(0);
            if (_indexed < Gram) continue;
            var pair = (sequence[_indexed - 2], sequence[_indexed - 1]);
            _earlier[_indexed] = _latest.GetValueOrDefault(pair);
            _latest[pair] = _indexed;
        }
    }
}
