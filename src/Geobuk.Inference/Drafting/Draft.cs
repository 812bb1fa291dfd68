namespace Geobuk.Inference.Drafting;

/// <summary>A guess at what comes next.</summary>
/// <param name="Length">Tokens guessed.</param>
/// <param name="Match">Tokens before them that were found elsewhere: the longer, the likelier the guess.</param>
/// <param name="Quoted">Found in the corpus, not in the sequence itself.</param>
internal readonly record struct Draft(int Length, int Match, bool Quoted = false)
{
    /// <summary>Kinds of drafts whose guesses are right about equally often.</summary>
    public const int Kinds = 6;

    /// <summary>Source and length of the match.</summary>
    public int Kind => (Match < 4 ? 0 : Match < 8 ? 1 : 2) + (Quoted ? 3 : 0);
}
