using System.Runtime.CompilerServices;
using System.Text;

namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>Reads the head of a mapped file, front to back; every claim of a length is held against the bytes that remain.</summary>
internal sealed unsafe class GgufCursor(string path, byte* start, long length)
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public long Position { get; private set; }
    public long Remaining => length - Position;

    /// <summary>The next little-endian number, of unmanaged type.</summary>
    public T Read<T>(string what) where T : unmanaged
    {
        var value = Unsafe.ReadUnaligned<T>(Take(sizeof(T), what));
        return value;
    }

    /// <summary>A u64 length and that many bytes of UTF-8.</summary>
    public string ReadText(string what)
    {
        var bytes = ReadCount($"length of {what}", 1);
        var text = new ReadOnlySpan<byte>(Take(bytes, what), checked((int)bytes));
        try
        {
            return s_utf8.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw Fault($"{what} is not UTF-8", "UTF-8 text");
        }
    }

    /// <summary>A u64 count of entries of at least <paramref name="entryBytes"/> bytes each.</summary>
    public long ReadCount(string what, int entryBytes)
    {
        var count = Read<ulong>(what);
        var most = (ulong)Math.Min(Remaining / entryBytes, int.MaxValue);
        return count <= most ? (long)count : throw Fault($"{what} is {count}", $"at most {most}, what the {Remaining} bytes left can hold");
    }

    /// <summary>An array of numbers, copied at once.</summary>
    public T[] ReadArray<T>(string what) where T : unmanaged
    {
        var count = ReadCount($"length of {what}", sizeof(T));
        return new ReadOnlySpan<T>(Take(count * sizeof(T), what), (int)count).ToArray();
    }

    public UserInputException Fault(string found, string expected) =>
        new($"{path}: {found} (at byte {Position}); expected {expected}. The file is damaged or not a GGUF model: fetch or write it again.");

    private byte* Take(long bytes, string what)
    {
        if (bytes > Remaining) throw Fault($"the file ends in {what}, after {length} bytes", $"{bytes - Remaining} more bytes");
        var address = start + Position;
        Position += bytes;
        return address;
    }
}
