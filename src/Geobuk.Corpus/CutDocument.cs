namespace Geobuk.Corpus;

/// <summary>A document of which only the beginning is in a set.</summary>
/// <param name="Id">Name within its source.</param>
/// <param name="Source">Folder or file that the user named.</param>
/// <param name="Set">The set.</param>
/// <param name="Tokens">Tokens taken.</param>
/// <param name="Of">Tokens of the whole document.</param>
public sealed record CutDocument(string Id, string Source, string Set, int Tokens, int Of);
