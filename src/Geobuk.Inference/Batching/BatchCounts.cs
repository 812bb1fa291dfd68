using System.Numerics;

namespace Geobuk.Inference.Batching;

/// <summary>What the batching did since the engine started.</summary>
public sealed class BatchCounts
{
    private const int MostPlaces = 14;
    private readonly long[] _stepsByRows = new long[MostPlaces];

    /// <summary>Prompt tokens of all generations.</summary>
    public long PrefixQueries { get; internal set; }
    /// <summary>Tokens that were found in the cache.</summary>
    public long PrefixHits { get; internal set; }
    /// <summary>Sequences that made room and were computed again.</summary>
    public long Preemptions { get; internal set; }
    /// <summary>Times a guess was verified.</summary>
    public long Drafts { get; internal set; }
    /// <summary>Tokens guessed.</summary>
    public long Drafted { get; internal set; }
    /// <summary>Tokens guessed rightly.</summary>
    public long Accepted { get; internal set; }
    /// <summary>Passes through the model.</summary>
    public long Steps { get; private set; }
    /// <summary>Rows of all passes.</summary>
    public long Rows { get; private set; }
    /// <summary>Passes by their rows: at place i those of up to 2^i and more than half of it, the last place for all above.</summary>
    public IReadOnlyList<long> StepsByRows => _stepsByRows;
    /// <summary>Seconds of all passes.</summary>
    public double Seconds { get; private set; }

    internal void Step(int rows, double seconds)
    {
        Steps++;
        Rows += rows;
        _stepsByRows[Math.Min(BitOperations.Log2((uint)Math.Max(1, 2 * rows - 1)), MostPlaces - 1)]++;
        Seconds += seconds;
    }
}
