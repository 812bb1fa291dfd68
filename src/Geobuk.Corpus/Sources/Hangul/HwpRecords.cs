using System.Buffers.Binary;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// Goes through the records of an HWP 5 stream: u32 with tag (10 bits), level (10), size in bytes (12; 0xFFF has the size in the
/// next u32). A size that passes the end refuses the document.
/// </summary>
internal ref struct HwpRecords
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _place;
    private int _next;

    /// <param name="bytes">The unpacked stream.</param>
    /// <param name="place">File and stream, for messages.</param>
    public HwpRecords(ReadOnlySpan<byte> bytes, string place)
    {
        _bytes = bytes;
        _place = place;
        ReadHeader();
    }

    /// <summary>Tag of the record at hand; 0 at the end.</summary>
    public int Tag { get; private set; }

    /// <summary>Its level; -1 at the end, above every record.</summary>
    public int Level { get; private set; }

    /// <summary>Its data.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Goes to the next record.</summary>
    public void Move() => ReadHeader();

    /// <summary>Goes past this record and every one below it.</summary>
    public void SkipThis()
    {
        var level = Level;
        do Move();
        while (Level > level);
    }

    private void ReadHeader()
    {
        // Some writers leave a few bytes after the last record.
        if (_next + 4 > _bytes.Length)
        {
            (Tag, Level) = (0, -1);
            Data = default;
            return;
        }
        var header = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[_next..]);
        long size = header >> 20;
        var start = _next + 4;
        if (size == 0xFFF)
        {
            if (start + 4 > _bytes.Length) throw PastTheEnd(start, 4);
            size = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[start..]);
            start += 4;
        }
        if (size > _bytes.Length - start) throw PastTheEnd(start, size);
        (Tag, Level) = ((int)(header & 0x3FF), (int)(header >> 10 & 0x3FF));
        Data = _bytes.Slice(start, (int)size);
        _next = start + (int)size;
    }

    private readonly RefusedDocumentException PastTheEnd(int offset, long size) =>
        new(RefusalReason.Damaged, $"{_place}: a record at {offset} of {size} bytes where {_bytes.Length - offset} are left; expected it to end inside. Save the document again.");
}
