namespace Geobuk.Corpus;

/// <summary>What the corpus needs of a tokenizer.</summary>
/// <param name="Encode">Text to token ids, without special tokens; safe for many threads.</param>
/// <param name="VocabularySize">Every id is below it.</param>
/// <param name="EndOfText">Ends every document.</param>
/// <param name="Digest">SHA-256 of the tokenizer, 64 hexadecimal digits.</param>
public sealed record DocumentEncoder(Func<string, int[]> Encode, int VocabularySize, int EndOfText, string Digest);
