using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Shards;

/// <summary>
/// Writes one shard, document after document, into a temporary file that takes its name only when <see cref="Complete"/> has
/// brought it to the disk. Disposed before that, it leaves nothing.
/// </summary>
public sealed class ShardWriter : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private readonly ShardHeader _empty;
    private readonly List<long> _offsets = [0];
    private bool _completed;

    /// <param name="path">The shard.</param>
    /// <param name="vocabularySize">Decides 2 or 4 bytes per token; every token must be below it.</param>
    /// <param name="tokenizerDigest">SHA-256 of the tokenizer, 64 hexadecimal digits.</param>
    public ShardWriter(string path, int vocabularySize, string tokenizerDigest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        if (tokenizerDigest.Length != 64) throw new ArgumentException("64 hexadecimal digits expected", nameof(tokenizerDigest));
        _path = path;
        _temporary = path + ".tmp";
        _empty = new ShardHeader(ShardHeader.TokenBytesFor(vocabularySize), vocabularySize, 0, 0, tokenizerDigest);
        var header = _empty.ToBytes();
        _stream = new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Array.Clear(header);
        _stream.Write(header);
    }

    /// <summary>Tokens written so far.</summary>
    public long TokenCount => _offsets[^1];

    /// <summary>Documents written so far.</summary>
    public int DocumentCount => _offsets.Count - 1;

    /// <summary>Appends one document.</summary>
    public void Append(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
        {
            if (token < 0 || token >= _empty.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(tokens), $"token {token} is outside the vocabulary of {_empty.VocabularySize}");
        }
        if (_empty.TokenBytes == 4) _stream.Write(MemoryMarshal.AsBytes(tokens));
        else WriteNarrow(tokens);
        _offsets.Add(_offsets[^1] + tokens.Length);
    }

    /// <summary>Writes the document offsets and the header, syncs and renames.</summary>
    public void Complete()
    {
        var header = _empty with { Documents = DocumentCount, Tokens = TokenCount };
        _stream.Write(new byte[header.OffsetsPosition - _stream.Position]);
        _stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_offsets)));
        _stream.Position = 0;
        _stream.Write(header.ToBytes());
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        _completed = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_completed) return;
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The disk that was too full to write is too full to flush; the file goes anyway.
        }
        File.Delete(_temporary);
    }

    private void WriteNarrow(ReadOnlySpan<int> tokens)
    {
        Span<ushort> chunk = stackalloc ushort[1024];
        while (tokens.Length > 0)
        {
            var count = Math.Min(tokens.Length, chunk.Length);
            for (var i = 0; i < count; i++) chunk[i] = (ushort)tokens[i];
            _stream.Write(MemoryMarshal.AsBytes(chunk[..count]));
            tokens = tokens[count..];
        }
    }
}
