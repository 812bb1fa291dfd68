using System.Text;
using System.Text.Unicode;
using Geobuk.Models.Tokenization;

namespace Geobuk.Server.Api;

/// <summary>How one token looks in log probabilities. Byte-level tokens may hold a part of a character only.</summary>
internal static class TokenText
{
    /// <summary>Smallest value written: JSON has no minus infinity.</summary>
    private const double LeastLogProb = -9999;

    /// <summary>The token's text, or <c>bytes:\xed\x95</c> where its bytes alone are no text.</summary>
    public static string Of(byte[] bytes) => Utf8.IsValid(bytes)
        ? Encoding.UTF8.GetString(bytes)
        : string.Concat(bytes.Select(value => $@"\x{value:x2}").Prepend("bytes:"));

    /// <summary>The token's bytes; none for an id past the vocabulary, as a padded output layer has them.</summary>
    public static byte[] Bytes(Tokenizer tokenizer, int id) => id < tokenizer.VocabularySize ? tokenizer.DecodeBytes(id) : [];

    /// <summary>The token's text by its id.</summary>
    public static string Of(Tokenizer tokenizer, int id) => Of(Bytes(tokenizer, id));

    /// <summary>A log probability that JSON can carry.</summary>
    public static double Finite(float logProb) => float.IsFinite(logProb) ? logProb : LeastLogProb;

    /// <summary>Characters (code points) that begin in these bytes.</summary>
    public static int CodePoints(byte[] bytes) => bytes.Count(value => (value & 0xC0) != 0x80);
}
