namespace Geobuk.Corpus;

/// <summary>General text among the training tokens of one pass over the domain.</summary>
/// <param name="ShareWanted">As the recipe states it.</param>
/// <param name="Share">As it is: general / (general + domain) training tokens.</param>
/// <param name="TokensWanted">Tokens that share and passes call for, over all passes.</param>
/// <param name="Tokens">Tokens found.</param>
/// <param name="Passes">Passes that get general text of their own before it repeats; fewer than asked for where there is too little.</param>
public sealed record ReplaySummary(double ShareWanted, double Share, long TokensWanted, long Tokens, int Passes = 1);
