using Geobuk.Inference.Drafting;

namespace Geobuk.Inference;

/// <summary>For whom a generation runs and how it may be sped up. Nothing here changes what is generated.</summary>
public sealed record GenerationOptions
{
    /// <summary>Whose request it is: those who got least go first when not all fit at once.</summary>
    public string User { get; init; } = "";

    /// <summary>Security labels of what the prompt holds. Only sequences of the very same labels share cached beginnings and drafts.</summary>
    public string Labels { get; init; } = "";

    /// <summary>Guess that the answer repeats what stands in the sequence. Guesses are verified; they save time and change nothing.</summary>
    public bool Lookup { get; init; }

    /// <summary>A text that the answer may quote, to guess from; null guesses from none. It must be one that these labels may see.</summary>
    public CorpusIndex? Corpus { get; init; }

    /// <summary>Verify every guess, whether it pays or not: for tests, whose machines may be slow or fast.</summary>
    internal bool AlwaysDraft { get; init; }
}
