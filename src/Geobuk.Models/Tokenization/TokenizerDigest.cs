using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Geobuk.Models.Tokenization;

/// <summary>SHA-256 of what decides the ids of a text, whatever file form it came from.</summary>
internal static class TokenizerDigest
{
    public static string Of(TokenizerDefinition definition)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // A GGUF file pads the vocabulary to the rows of the embedding; ids without a token at the end decide nothing.
        var used = Array.FindLastIndex(definition.Tokens, token => token is not null) + 1;
        foreach (var token in definition.Tokens.AsSpan(0, used)) Add(hash, token ?? "\0");
        Add(hash, "merges");
        foreach (var (left, right) in definition.Merges)
        {
            Add(hash, left);
            Add(hash, right);
        }
        Add(hash, $"split {definition.Splitter.Rule} prefix={definition.AddPrefixSpace} nfc={definition.ComposeCanonically} whole={definition.IgnoreMerges} unknown={definition.UnknownId}{(definition.SpacedSplitter is { } spaced ? " spaced=" + spaced.Rule : "")}");
        foreach (var token in definition.AddedTokens.OrderBy(token => token.Id))
            Add(hash, $"added {token.Id} special={token.Special} word={token.SingleWord} left={token.StripLeft} right={token.StripRight}");
        Add(hash, $"around {string.Join(',', definition.Prefix)} | {string.Join(',', definition.Suffix)} bos={definition.BosTokenId} eos={definition.EosTokenId}");
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
