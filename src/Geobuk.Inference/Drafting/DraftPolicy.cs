namespace Geobuk.Inference.Drafting;

/// <summary>
/// How many guessed tokens a step takes along: as many as are expected to bring more tokens per second than a shorter draft, by how often guesses
/// of the kind were right in this sequence and by what rows cost at the moment. None where none pays: under load, or where the text
/// does not repeat. Drafts begin short and double for as long as they are right from end to end, so that being wrong stays cheap.
/// </summary>
internal sealed class DraftPolicy(DraftExperience experience)
{
    /// <summary>Most tokens of a draft.</summary>
    public const int Longest = 24;

    private const int First = 4;
    private const double Learning = 0.12;
    private const double Forgetting = 0.004;
    private readonly double[] _accepted = [.. Enumerable.Range(0, Draft.Kinds).Select(kind => experience[kind])];
    private readonly int[] _seen = new int[Draft.Kinds];
    private readonly int[] _most = [.. Enumerable.Repeat(First, Draft.Kinds)];

    /// <summary>The length that pays best.</summary>
    /// <param name="draft">What could be taken.</param>
    /// <param name="rows">Rows of the step without it.</param>
    /// <param name="sequences">Rows among them that give a token.</param>
    /// <param name="times">What steps cost.</param>
    public int Choose(Draft draft, int rows, int sequences, StepTimes times)
    {
        var kind = draft.Kind;
        var (best, length) = (sequences / times.Of(rows), 0);
        var (expected, chance) = ((double)sequences, 1.0);
        for (var k = 1; k <= Math.Min(draft.Length, _most[kind]); k++)
        {
            chance *= _accepted[kind];
            expected += chance;
            var rate = expected / times.Of(rows + k);
            if (rate > best * 1.02) (best, length) = (rate, k);
        }
        // What is never tried is slowly forgotten, so that a change of the text is noticed.
        if (length == 0) _accepted[kind] += Forgetting * (experience[kind] - _accepted[kind]);
        return length;
    }

    /// <summary>Learns from a verified draft: from the first guesses most.</summary>
    public void Learn(Draft draft, int accepted)
    {
        var kind = draft.Kind;
        for (var i = 0; i < Math.Min(draft.Length, accepted + 1); i++)
        {
            _accepted[kind] += Math.Max(Learning, 1.0 / (3 + _seen[kind]++)) * ((i < accepted ? 1 : 0) - _accepted[kind]);
            experience.Add(kind, i < accepted);
        }
        _most[kind] = accepted == draft.Length ? Math.Min(Longest, 2 * Math.Max(_most[kind], First)) : Math.Max(First / 2, accepted + 1);
    }
}
