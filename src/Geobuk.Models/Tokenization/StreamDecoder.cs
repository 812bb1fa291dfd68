using System.Text;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Token after token to text: a character whose bytes come in several tokens appears whole with its last one.
/// All pieces joined, with <see cref="Flush"/>, are what <see cref="Tokenizer.Decode"/> gives. For one thread.
/// </summary>
public sealed class StreamDecoder(Tokenizer tokenizer, bool skipSpecialTokens = true)
{
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

    /// <summary>The text that this token completes; empty while a character is unfinished.</summary>
    public string Next(int id) => skipSpecialTokens && tokenizer.IsSpecial(id) ? "" : Read(tokenizer.BytesOf(id), flush: false);

    /// <summary>What is left at the end: U+FFFD where a character was cut off, else nothing. The decoder starts afresh.</summary>
    public string Flush() => Read([], flush: true);

    private string Read(byte[] bytes, bool flush)
    {
        var characters = new char[_utf8.GetCharCount(bytes, flush)];
        return new string(characters, 0, _utf8.GetChars(bytes, characters, flush));
    }
}
