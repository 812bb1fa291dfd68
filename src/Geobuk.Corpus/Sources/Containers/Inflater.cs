using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Sources.Containers;

/// <summary>Unpacks deflate data into memory, counting against a budget before it grows.</summary>
internal static class Inflater
{
    private const int FirstFactor = 4, SmallestBuffer = 4096;

    /// <summary>Raw deflate, without a zlib header.</summary>
    /// <exception cref="RefusedDocumentException">Damaged, or more than the budget has.</exception>
    public static ReadOnlyMemory<byte> Raw(ReadOnlyMemory<byte> packed, UnpackBudget budget, string part)
    {
        using var source = new MemoryStream(Array(packed).Array!, Array(packed).Offset, packed.Length, writable: false);
        using var stream = new DeflateStream(source, CompressionMode.Decompress);
        return Drain(stream, packed.Length, budget, part);
    }

    /// <summary>Everything that <paramref name="stream"/> gives, in an array from the shared pool where <paramref name="pooled"/> says so.</summary>
    /// <exception cref="RefusedDocumentException">Damaged, or more than the budget has.</exception>
    public static ReadOnlyMemory<byte> Drain(Stream stream, long packed, UnpackBudget budget, string part, bool pooled = false)
    {
        var size = (int)Math.Clamp(packed * FirstFactor, SmallestBuffer, 1 << 24);
        var buffer = pooled ? ArrayPool<byte>.Shared.Rent(size) : new byte[size];
        var length = 0;
        try
        {
            while (true)
            {
                var read = stream.Read(buffer, length, buffer.Length - length);
                if (read == 0) return buffer.AsMemory(0, length);
                budget.Take(read, part);
                length += read;
                if (length < buffer.Length) continue;
                if (pooled) Grow(ref buffer);
                else System.Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException or NotSupportedException)
        {
            throw new RefusedDocumentException(RefusalReason.Damaged, $"{budget.Path}: {part} cannot be unpacked ({e.Message}); expected whole compressed data. Save the document again.", e);
        }
    }

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private static ArraySegment<byte> Array(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) ? segment : new ArraySegment<byte>(memory.ToArray());
}
