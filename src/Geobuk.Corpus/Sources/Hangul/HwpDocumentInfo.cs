using System.Buffers.Binary;
using System.Text;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>What DocInfo of an HWP 5 file defines: numberings, bullets and the heads of paragraph shapes.</summary>
internal sealed class HwpDocumentInfo
{
    private const int Levels = 7, ExtendedLevels = 3, HeadBytes = 12;
    private readonly List<HeadingMark> _shapes = [];

    /// <summary>Reads the definitions into <paramref name="content"/>.</summary>
    public HwpDocumentInfo(ReadOnlySpan<byte> docInfo, string place, HangulContent content)
    {
        int numberings = 0, bullets = 0;
        for (var records = new HwpRecords(docInfo, place); records.Level >= 0; records.Move())
        {
            switch (records.Tag)
            {
                case HwpTags.Numbering:
                    content.Numberings[++numberings] = ReadNumbering(records.Data);
                    break;
                case HwpTags.Bullet:
                    content.Bullets[++bullets] = ReadBullet(records.Data);
                    break;
                case HwpTags.ParagraphShape:
                    _shapes.Add(ReadShape(records.Data));
                    break;
            }
        }
    }

    /// <summary>The head of a paragraph shape; none where the id is not defined.</summary>
    public HeadingMark Shape(int id) => id < _shapes.Count ? _shapes[id] : default;

    private static HeadingMark ReadShape(ReadOnlySpan<byte> data)
    {
        if (data.Length < 32) return default;
        var attributes = BinaryPrimitives.ReadUInt32LittleEndian(data);
        var kind = (HeadingMarkKind)(attributes >> 23 & 3);
        return new HeadingMark(kind, BinaryPrimitives.ReadUInt16LittleEndian(data[30..]), (int)(attributes >> 25 & 7));
    }

    private static NumberingLevel[] ReadNumbering(ReadOnlySpan<byte> data)
    {
        var forms = new List<(string Form, NumberFormat Format)>();
        var offset = 0;
        while (forms.Count < Levels && TryReadLevel(data, ref offset, out var level)) forms.Add(level);
        var starts = new int[Levels + ExtendedLevels];
        Array.Fill(starts, 1);
        offset += 2;
        for (var i = 0; i < Levels && offset + 4 <= data.Length; i++, offset += 4) starts[i] = Start(data[offset..]);
        while (forms.Count is >= Levels and < Levels + ExtendedLevels && TryReadLevel(data, ref offset, out var level)) forms.Add(level);
        for (var i = Levels; i < forms.Count && offset + 4 <= data.Length; i++, offset += 4) starts[i] = Start(data[offset..]);
        return [.. forms.Select((level, i) => new NumberingLevel(level.Form, level.Format, starts[i]))];
    }

    private static int Start(ReadOnlySpan<byte> data) => (int)Math.Clamp(BinaryPrimitives.ReadUInt32LittleEndian(data), 1, 1_000_000);

    private static bool TryReadLevel(ReadOnlySpan<byte> data, ref int offset, out (string Form, NumberFormat Format) level)
    {
        level = default;
        if (offset + HeadBytes + 2 > data.Length) return false;
        var format = (NumberFormat)(BinaryPrimitives.ReadUInt32LittleEndian(data[offset..]) >> 5 & 0xF);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(data[(offset + HeadBytes)..]);
        offset += HeadBytes + 2;
        if (offset + 2 * length > data.Length) return false;
        level = (Encoding.Unicode.GetString(data.Slice(offset, 2 * length)), format);
        offset += 2 * length;
        return true;
    }

    private static string ReadBullet(ReadOnlySpan<byte> data) =>
        data.Length < HeadBytes + 2 ? "" : BulletText.Of((char)BinaryPrimitives.ReadUInt16LittleEndian(data[HeadBytes..]));
}
