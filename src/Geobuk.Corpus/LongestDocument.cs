namespace Geobuk.Corpus;

/// <summary>The longest document in any set.</summary>
/// <param name="Id">Name within its source.</param>
/// <param name="Tokens">Tokens in the set.</param>
public sealed record LongestDocument(string Id, int Tokens);
