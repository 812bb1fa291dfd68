using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Duplicates;

/// <summary>Signatures on the disk, 448 bytes each, by the number that adding gave. Adding and reading are safe for many threads. The file goes with the object.</summary>
internal sealed class SignatureFile : IDisposable
{
    private const int Size = MinHash.Length * sizeof(uint);
    private readonly FileStream _file;
    private readonly Lock _lock = new();
    private int _count;

    public SignatureFile(string path) =>
        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

    /// <summary>Stores a signature and gives its number.</summary>
    public int Add(ReadOnlySpan<uint> signature)
    {
        lock (_lock)
        {
            RandomAccess.Write(_file.SafeFileHandle, MemoryMarshal.AsBytes(signature), (long)_count * Size);
            return _count++;
        }
    }

    /// <summary>Reads the signature of a number.</summary>
    public void Read(int number, Span<uint> signature)
    {
        var bytes = MemoryMarshal.AsBytes(signature);
        if (RandomAccess.Read(_file.SafeFileHandle, bytes, (long)number * Size) != Size) throw new EndOfStreamException($"signature {number} is not in the file");
    }

    public void Dispose() => _file.Dispose();
}
