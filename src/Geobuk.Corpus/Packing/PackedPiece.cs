namespace Geobuk.Corpus.Packing;

/// <summary>A run of tokens of one document.</summary>
/// <param name="Document">Index of the document.</param>
/// <param name="Start">First token within the document.</param>
/// <param name="Length">Tokens, at least 1.</param>
public readonly record struct PackedPiece(int Document, int Start, int Length);
