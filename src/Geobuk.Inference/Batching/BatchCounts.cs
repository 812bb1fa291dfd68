using System.Numerics;
using Geobuk.Inference.Drafting;

namespace Geobuk.Inference.Batching;

/// <summary>What the batching did since the engine started.</summary>
public sealed class BatchCounts
{
    private const int MostPlaces = 16;
    private readonly long[] _stepsByRows = new long[MostPlaces];
    private readonly long[] _acceptedByPlace = new long[DraftPolicy.Longest];

    /// <summary>Prompt tokens of all generations.</summary>
    public long PrefixQueries { get; internal set; }
    /// <summary>Tokens that were found in the cache.</summary>
    public long PrefixHits { get; internal set; }
    /// <summary>Sequences that made room and were computed again.</summary>
    public long Preemptions { get; internal set; }
    /// <summary>Times a guess was verified.</summary>
    public long Drafts { get; private set; }
    /// <summary>Tokens guessed.</summary>
    public long Drafted { get; private set; }
    /// <summary>Tokens guessed rightly.</summary>
    public long Accepted { get; private set; }
    /// <summary>Tokens guessed rightly by their place in the guess, the first at place 0.</summary>
    public IReadOnlyList<long> AcceptedByPlace => _acceptedByPlace;
    /// <summary>Passes through the model.</summary>
    public long Steps { get; private set; }
    /// <summary>Rows of all passes.</summary>
    public long Rows { get; private set; }
    /// <summary>Passes by their rows: at place i those of up to 2^i and more than half of it, the last place for all above.</summary>
    public IReadOnlyList<long> StepsByRows => _stepsByRows;
    /// <summary>Sequences of all passes: one that takes part in three passes counts three times.</summary>
    public long Sequences { get; private set; }
    /// <summary>Tokens of the longest sequence so far.</summary>
    public int LongestSequence { get; private set; }
    /// <summary>Seconds of all passes.</summary>
    public double Seconds { get; private set; }

    internal void Step(int rows, double seconds)
    {
        Steps++;
        Rows += rows;
        _stepsByRows[Math.Min(BitOperations.Log2((uint)Math.Max(1, 2 * rows - 1)), MostPlaces - 1)]++;
        Seconds += seconds;
    }

    /// <summary>A sequence took part in a pass.</summary>
    internal void Sequence(int tokens, int drafted, int accepted)
    {
        Sequences++;
        LongestSequence = Math.Max(LongestSequence, tokens);
        if (drafted == 0) return;
        (Drafts, Drafted, Accepted) = (Drafts + 1, Drafted + drafted, Accepted + accepted);
        for (var place = 0; place < accepted; place++) _acceptedByPlace[place]++;
    }
}
