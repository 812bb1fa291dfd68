namespace Geobuk.Inference.Batching;

/// <summary>What the batching did since the engine started.</summary>
public sealed class BatchCounts
{
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
    /// <summary>Seconds of all passes.</summary>
    public double Seconds { get; private set; }

    internal void Step(int rows, double seconds)
    {
        Steps++;
        Rows += rows;
        Seconds += seconds;
    }
}
