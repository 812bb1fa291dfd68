namespace Geobuk.Inference.Drafting;

/// <summary>
/// How many guessed tokens a step takes along: as many as are expected to bring more tokens per second than a shorter draft, by how often guesses
/// after like matches were right in this sequence and by what rows cost at the moment. None where none pays: under load, or
/// where the text does not repeat.
/// </summary>
internal sealed class DraftPolicy
{
    /// <summary>Most tokens of a draft.</summary>
    public const int Longest = 24;

    private const double Learning = 0.12;
    private const double Forgetting = 0.01;
    private static readonly double[] s_priors = [0.35, 0.6, 0.85];
    private readonly double[] _accepted = [.. s_priors];

    /// <summary>The length that pays best.</summary>
    /// <param name="draft">What could be taken.</param>
    /// <param name="rows">Rows of the step without it.</param>
    /// <param name="sequences">Rows among them that give a token.</param>
    /// <param name="times">What steps cost.</param>
    public int Choose(Draft draft, int rows, int sequences, StepTimes times)
    {
        var kind = Kind(draft.Match);
        var (best, length) = (sequences / times.Of(rows), 0);
        var (expected, chance) = ((double)sequences, 1.0);
        for (var k = 1; k <= draft.Length; k++)
        {
            chance *= _accepted[kind];
            expected += chance;
            var rate = expected / times.Of(rows + k);
            if (rate > best * 1.02) (best, length) = (rate, k);
        }
        // What is never tried is slowly forgotten, so that a change of the text is noticed.
        if (length == 0) _accepted[kind] += Forgetting * (s_priors[kind] - _accepted[kind]);
        return length;
    }

    /// <summary>Learns from a verified draft.</summary>
    public void Learn(int match, int drafted, int accepted)
    {
        var kind = Kind(match);
        for (var i = 0; i < Math.Min(drafted, accepted + 1); i++) _accepted[kind] += Learning * ((i < accepted ? 1 : 0) - _accepted[kind]);
    }

    private static int Kind(int match) => match < 4 ? 0 : match < 8 ? 1 : 2;
}
