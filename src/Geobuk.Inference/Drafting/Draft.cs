namespace Geobuk.Inference.Drafting;

/// <summary>A guess at what comes next.</summary>
/// <param name="Length">Tokens guessed.</param>
/// <param name="Match">Tokens before them that were found elsewhere: the longer, the likelier the guess.</param>
internal readonly record struct Draft(int Length, int Match);
