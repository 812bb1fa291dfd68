using System.Runtime.CompilerServices;
using System.Text;

namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>
/// Reads the head of a mapped file, front to back; every claim of a length is held against the bytes that remain, and
/// what the head takes in memory against a limit, before anything is made of it.
/// </summary>
internal sealed unsafe class GgufCursor(string path, byte* start, long length)
{
    // A head of a hundred thousand tensors and a vocabulary of half a million takes about 100 MB.
    private const long MostMemory = 512 << 20;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private long _memory;

    public long Position { get; private set; }
    public long Remaining => length - Position;

    /// <summary>The next little-endian number, of unmanaged type.</summary>
    public T Read<T>(string what) where T : unmanaged => Unsafe.ReadUnaligned<T>(Take(sizeof(T), what));

    /// <summary>A u64 length and that many bytes of UTF-8.</summary>
    public string ReadText(string what, int smallest = 0, int most = int.MaxValue)
    {
        var bytes = ReadCount($"length of {what}", 1);
        if (bytes < smallest || bytes > most) throw Fault($"length of {what} is {bytes}", $"{smallest} to {most} bytes");
        Charge(2 * bytes, what);
        var text = new ReadOnlySpan<byte>(Take(bytes, what), (int)bytes);
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
        Charge(count * sizeof(T), what);
        return new ReadOnlySpan<T>(Take(count * sizeof(T), what), (int)count).ToArray();
    }

    /// <summary>Counts memory that is about to be taken.</summary>
    public void Charge(long bytes, string what)
    {
        _memory += bytes;
        if (_memory > MostMemory) throw Fault($"the head needs more than {MostMemory} bytes of memory at {what}", "a head as a model has it");
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
