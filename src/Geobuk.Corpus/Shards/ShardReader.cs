using System.IO.MemoryMappedFiles;
using Geobuk.Models;

namespace Geobuk.Corpus.Shards;

/// <summary>A memory-mapped shard: tokens of documents, read in place. Safe for many threads.</summary>
public sealed unsafe class ShardReader : IDisposable
{
    private readonly ShardHeader _header;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private ShardReader(ShardHeader header, MemoryMappedFile file, string path)
    {
        _header = header;
        _file = file;
        _view = file.CreateViewAccessor(0, header.FileLength, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        try
        {
            CheckOffsets(path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Documents in the shard.</summary>
    public int DocumentCount => (int)_header.Documents;

    /// <summary>Tokens in the shard.</summary>
    public long TokenCount => _header.Tokens;

    /// <summary>Vocabulary of the tokenizer that made it.</summary>
    public int VocabularySize => _header.VocabularySize;

    /// <summary>SHA-256 of the tokenizer that made it, lower-case hexadecimal.</summary>
    public string TokenizerDigest => _header.TokenizerDigest;

    /// <summary>Maps a shard after checking header, length and document offsets.</summary>
    /// <exception cref="UserInputException">Missing, truncated or damaged.</exception>
    public static ShardReader Open(string path)
    {
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected a token shard. Run the corpus step again.");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var bytes = new byte[ShardHeader.Size];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var header = ShardHeader.Parse(bytes.AsSpan(0, read), stream.Length, path);
        if (header.Documents > int.MaxValue - 1) throw ShardHeader.Broken(path, $"{header.Documents} documents", $"at most {int.MaxValue - 1}");
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new ShardReader(header, file, path);
    }

    /// <summary>Tokens of one document.</summary>
    public int Length(int document) => checked((int)(Offset(document + 1) - Offset(document)));

    /// <summary>Copies tokens of one document from <paramref name="start"/> on until <paramref name="target"/> is full.</summary>
    public void Copy(int document, int start, Span<int> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + target.Length, Length(document), nameof(target));
        var first = _start + ShardHeader.Size + (Offset(document) + start) * _header.TokenBytes;
        if (_header.TokenBytes == 4)
        {
            new ReadOnlySpan<int>(first, target.Length).CopyTo(target);
            return;
        }
        var narrow = new ReadOnlySpan<ushort>(first, target.Length);
        for (var i = 0; i < target.Length; i++) target[i] = narrow[i];
    }

    /// <summary>All tokens of one document.</summary>
    public int[] Document(int document)
    {
        var tokens = new int[Length(document)];
        Copy(document, 0, tokens);
        return tokens;
    }

    /// <summary>Token counts of all documents.</summary>
    public int[] Lengths()
    {
        var lengths = new int[DocumentCount];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = Length(i);
        return lengths;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private long Offset(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, DocumentCount);
        return ((long*)(_start + _header.OffsetsPosition))[index];
    }

    private void CheckOffsets(string path)
    {
        var previous = 0L;
        if (Offset(0) != 0) throw ShardHeader.Broken(path, $"first document offset {Offset(0)}", "0");
        for (var i = 1; i <= DocumentCount; i++)
        {
            var next = Offset(i);
            if (next < previous || next - previous > int.MaxValue) throw ShardHeader.Broken(path, $"document {i - 1} reaching from token {previous} to {next}", "offsets that rise");
            previous = next;
        }
        if (previous != TokenCount) throw ShardHeader.Broken(path, $"documents ending at token {previous}", $"{TokenCount}, the token count");
    }
}
