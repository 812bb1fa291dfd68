using System.Buffers.Binary;
using System.Security.Cryptography;
using Geobuk.Models;

namespace Geobuk.Corpus.Shards;

/// <summary>
/// First 128 bytes of a shard, little endian: 0 magic "GBKSHARD", 8 version u32, 12 bytes per token u32 (2 or 4), 16 vocabulary size u32,
/// 20 zero u32, 24 documents u64, 32 tokens u64, 40 position of the document offsets u64, 48 file length u64, 56 zero u64,
/// 64 SHA-256 of the tokenizer, 96 SHA-256 of the 96 bytes before.
/// Tokens follow, then, on a multiple of 8, documents + 1 offsets (u64, in tokens) of which the first is 0 and the last the token count.
/// </summary>
internal sealed record ShardHeader(int TokenBytes, int VocabularySize, long Documents, long Tokens, string TokenizerDigest)
{
    public const int Size = 128;
    public const int Version = 1;
    private static ReadOnlySpan<byte> Magic => "GBKSHARD"u8;

    /// <summary>Where the document offsets begin.</summary>
    public long OffsetsPosition => checked((Size + Tokens * TokenBytes + 7) / 8 * 8);

    /// <summary>Length of the whole file.</summary>
    public long FileLength => checked(OffsetsPosition + (Documents + 1) * sizeof(ulong));

    /// <summary>Bytes per token for a vocabulary.</summary>
    public static int TokenBytesFor(int vocabularySize) => vocabularySize <= ushort.MaxValue + 1 ? 2 : 4;

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), TokenBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), VocabularySize);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Documents);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Tokens);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), OffsetsPosition);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), FileLength);
        Convert.FromHexString(TokenizerDigest).CopyTo(bytes, 64);
        SHA256.HashData(bytes.AsSpan(0, 96), bytes.AsSpan(96));
        return bytes;
    }

    /// <summary>Reads and checks a header against the file's real length, before anything is allocated from it.</summary>
    public static ShardHeader Parse(ReadOnlySpan<byte> bytes, long fileLength, string path)
    {
        if (bytes.Length < Size) throw Broken(path, $"{fileLength} bytes", $"at least {Size}");
        if (!bytes[..8].SequenceEqual(Magic)) throw Broken(path, "no shard magic", "a token shard that starts with GBKSHARD");
        var version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != Version) throw Broken(path, $"shard version {version}", $"version {Version}");
        if (!SHA256.HashData(bytes[..96]).AsSpan().SequenceEqual(bytes[96..128])) throw Broken(path, "a damaged header", "a header that matches its checksum");
        var header = new ShardHeader(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            Convert.ToHexStringLower(bytes[64..96]));
        header.Check(BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]), fileLength, path);
        return header;
    }

    private void Check(long offsetsPosition, long statedLength, long fileLength, string path)
    {
        var fits = TokenBytes is 2 or 4 && VocabularySize > 0 && Documents >= 0 && Tokens >= 0
            && Tokens <= fileLength / TokenBytes && Documents < fileLength / sizeof(ulong);
        if (!fits) throw Broken(path, $"{Documents} documents and {Tokens} tokens of {TokenBytes} bytes claimed in {fileLength} bytes", "counts that the file can hold");
        if (FileLength != fileLength || statedLength != fileLength || offsetsPosition != OffsetsPosition)
            throw Broken(path, $"{fileLength} bytes", $"{FileLength}; the file is truncated or damaged");
    }

    internal static UserInputException Broken(string path, string found, string expected) =>
        new($"{path}: {found}; expected {expected}. Build the corpus again.");
}
