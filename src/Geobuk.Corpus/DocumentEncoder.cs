using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Corpus;

/// <summary>What the corpus needs of a tokenizer.</summary>
/// <param name="Encode">Text to token ids, without special tokens; safe for many threads.</param>
/// <param name="VocabularySize">Every id is below it.</param>
/// <param name="EndOfText">Ends every document.</param>
/// <param name="Digest">SHA-256 of the tokenizer's content, 64 hexadecimal digits.</param>
public sealed record DocumentEncoder(Func<string, int[]> Encode, int VocabularySize, int EndOfText, string Digest)
{
    /// <summary>The bytes of UTF-8 as tokens, 256 to end a document: for a corpus that no model is named for.</summary>
    public static DocumentEncoder Bytes { get; } = new(text => Array.ConvertAll(System.Text.Encoding.UTF8.GetBytes(text), value => (int)value), 257, 256, new string('0', 64));

    /// <summary>The tokenizer of a Hugging Face folder. Special tokens written out in a document are text like any other.</summary>
    /// <exception cref="UserInputException">No tokenizer there, or one that cannot end a document.</exception>
    public static DocumentEncoder Load(string folder)
    {
        var tokenizer = Tokenizer.Load(folder);
        var end = tokenizer.EosTokenId
            ?? throw new UserInputException($"{folder}: the tokenizer names no end-of-text token; expected eos_token in tokenizer_config.json, it ends every document. Add it.");
        return new DocumentEncoder(text => tokenizer.Encode(text, parseSpecialTokens: false), tokenizer.VocabularySize, end, tokenizer.Digest);
    }
}
