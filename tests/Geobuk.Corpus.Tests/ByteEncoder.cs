using System.Text;

namespace Geobuk.Corpus.Tests;

/// <summary>UTF-8 bytes as tokens: the simplest encoder, and one whose text can be read back.</summary>
internal static class ByteEncoder
{
    public const int End = 256;

    public static DocumentEncoder Create() => new(text => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)], 257, End, new string('b', 64));

    public static string Decode(IEnumerable<int> tokens) => Encoding.UTF8.GetString([.. tokens.Where(token => token < 256).Select(token => (byte)token)]);
}
