using Geobuk.Corpus.Selection;

namespace Geobuk.Corpus;

/// <summary>A document of the second pass.</summary>
/// <param name="Entry">What the first pass remembered.</param>
/// <param name="Text">Its text, or the beginning that was taken.</param>
/// <param name="Tokens">Its tokens, with the end of text unless cut.</param>
internal sealed record EncodedDocument(DocumentEntry Entry, string Text, int[] Tokens);
