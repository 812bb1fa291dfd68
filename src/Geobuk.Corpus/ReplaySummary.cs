namespace Geobuk.Corpus;

/// <summary>General text among the training tokens.</summary>
/// <param name="ShareWanted">As the recipe states it.</param>
/// <param name="Share">As it is: general / (general + domain) training tokens.</param>
/// <param name="TokensWanted">Tokens that the share calls for.</param>
/// <param name="Tokens">Tokens found.</param>
public sealed record ReplaySummary(double ShareWanted, double Share, long TokensWanted, long Tokens);
