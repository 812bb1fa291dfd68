using Geobuk.Models;

namespace Geobuk.Corpus.Sources;

/// <summary>The lines of a file with their byte offsets; holds one line at a time.</summary>
internal static class ByteLines
{
    private const int FirstBuffer = 1 << 16;

    /// <summary>Each line's memory is valid until the next is asked for.</summary>
    public static IEnumerable<ByteLine> Read(string path)
    {
        using var stream = FileContent.Open(path);
        var buffer = new byte[FirstBuffer];
        long offset = 0;
        int start = 0, end = 0, number = 1;
        while (true)
        {
            var newline = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                yield return new ByteLine(offset, number++, buffer.AsMemory(start, newline));
                start += newline + 1;
                offset += newline + 1;
                continue;
            }
            MakeRoom(ref buffer, ref start, ref end, path);
            var read = Fill(stream, buffer.AsSpan(end), path);
            if (read == 0) break;
            end += read;
        }
        if (end > start) yield return new ByteLine(offset, number, buffer.AsMemory(start, end - start));
    }

    private static void MakeRoom(ref byte[] buffer, ref int start, ref int end, string path)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }
        if (end < buffer.Length) return;
        if (buffer.Length > Array.MaxLength / 2)
            throw new UserInputException($"{path}: a line of more than {buffer.Length} bytes; expected one JSON object per line. Split it.");
        Array.Resize(ref buffer, buffer.Length * 2);
    }

    private static int Fill(FileStream stream, Span<byte> room, string path)
    {
        try
        {
            return stream.Read(room);
        }
        catch (IOException e)
        {
            throw FileContent.Unreadable(path, e);
        }
    }
}
