using System.Buffers.Binary;
using System.Text;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// Reads a section of an HWP 5 file. A paragraph's text is UTF-16 in which units below 32 are controls: of one unit, or of eight
/// that the n-th CTRL_HEADER below the paragraph belongs to. Whatever a control contains is found by its paragraphs, so that
/// unknown drawings keep their text.
/// </summary>
internal sealed class HwpSectionReader(HwpDocumentInfo info, string place)
{
    private const int LongestControl = 8;

    /// <summary>Reads all paragraphs of an unpacked section.</summary>
    public HangulSection Read(ReadOnlySpan<byte> bytes)
    {
        var section = new HangulSection();
        var records = new HwpRecords(bytes, place);
        while (records.Level >= 0)
        {
            if (records.Tag == HwpTags.ParagraphHeader) section.Paragraphs.Add(ReadParagraph(ref records, section, 0));
            else records.Move();
        }
        return section;
    }

    private HangulParagraph ReadParagraph(ref HwpRecords records, HangulSection section, int depth)
    {
        if (depth > ReadLimits.Depth)
            throw new RefusedDocumentException(RefusalReason.TooDeep, $"{place}: tables and boxes nested more than {ReadLimits.Depth} deep; expected fewer. Do not use it.");
        var level = records.Level;
        var paragraph = new HangulParagraph();
        if (records.Data.Length >= 10) paragraph.Mark = info.Shape(BinaryPrimitives.ReadUInt16LittleEndian(records.Data[8..]));
        records.Move();
        var anchors = new List<int>();
        var inline = new List<(int At, string Text)>();
        var control = 0;
        while (records.Level > level)
        {
            if (records.Tag == HwpTags.ParagraphText && records.Level == level + 1)
            {
                ReadText(records.Data, paragraph.Text, anchors);
                records.Move();
            }
            else if (records.Tag == HwpTags.ControlHeader)
            {
                var at = control < anchors.Count ? anchors[control] : paragraph.Text.Length;
                control++;
                if (ReadControl(ref records, section, paragraph, depth) is { Length: > 0 } text) inline.Add((at, text));
            }
            else records.Move();
        }
        for (var i = inline.Count - 1; i >= 0; i--) paragraph.Text.Insert(inline[i].At, inline[i].Text);
        return paragraph;
    }

    private static void ReadText(ReadOnlySpan<byte> data, StringBuilder text, List<int> anchors)
    {
        for (var i = 0; i + 2 <= data.Length; i += 2)
        {
            var unit = (char)BinaryPrimitives.ReadUInt16LittleEndian(data[i..]);
            switch ((int)unit)
            {
                case >= 32:
                    text.Append(unit);
                    break;
                case 10:
                    text.Append('\n');
                    break;
                case 9:
                    text.Append('\t');
                    i += 2 * (LongestControl - 1);
                    break;
                case 24:
                    text.Append('-');
                    break;
                case 30 or 31:
                    text.Append(' ');
                    break;
                case 0 or 13 or >= 25 and <= 29:
                    break;
                case >= 4 and <= 8 or 19 or 20:
                    i += 2 * (LongestControl - 1);
                    break;
                default:
                    anchors.Add(text.Length);
                    i += 2 * (LongestControl - 1);
                    break;
            }
        }
    }

    /// <summary>Reads a control; what stands inline is returned, what is anchored is added to the paragraph.</summary>
    private string? ReadControl(ref HwpRecords records, HangulSection section, HangulParagraph paragraph, int depth)
    {
        var level = records.Level;
        var data = records.Data;
        var id = data.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(data) : 0;
        switch (id)
        {
            case HwpControls.Table:
                records.Move();
                paragraph.Objects.Add(ReadTable(ref records, section, level, depth));
                return null;
            case HwpControls.Equation:
                records.Move();
                return ReadEquation(ref records, level);
            case HwpControls.AutoNumber:
                records.SkipThis();
                return HwpControls.AutoNumberText(data);
            case HwpControls.ComposedLetters or HwpControls.Ruby:
                records.SkipThis();
                return HwpControls.InlineText(id, data);
            case HwpControls.Section:
                if (data.Length >= 20) section.OutlineNumbering = BinaryPrimitives.ReadUInt16LittleEndian(data[18..]);
                break;
        }
        records.Move();
        var inside = ReadInside(ref records, section, level, depth);
        if (inside.Count > 0) paragraph.Objects.Add(new HangulObject(HwpControls.KindOf(id), inside));
        return null;
    }

    private List<HangulParagraph> ReadInside(ref HwpRecords records, HangulSection section, int level, int depth)
    {
        var paragraphs = new List<HangulParagraph>();
        while (records.Level > level)
        {
            if (records.Tag == HwpTags.ParagraphHeader) paragraphs.Add(ReadParagraph(ref records, section, depth + 1));
            else records.Move();
        }
        return paragraphs;
    }

    private static string? ReadEquation(ref HwpRecords records, int level)
    {
        string? script = null;
        while (records.Level > level)
        {
            if (records.Tag == HwpTags.Equation && records.Data.Length >= 6)
            {
                var length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(records.Data[4..]), (records.Data.Length - 6) / 2);
                script = Encoding.Unicode.GetString(records.Data.Slice(6, 2 * length));
            }
            records.Move();
        }
        return EquationText.Of(script);
    }

    private HangulTable ReadTable(ref HwpRecords records, HangulSection section, int level, int depth)
    {
        var table = new HangulTable([], 0, 0, []);
        HangulCell? cell = null;
        var inTable = false;
        while (records.Level > level)
        {
            switch (records.Tag)
            {
                case HwpTags.Table when records.Data.Length >= 8 && !inTable:
                    table = table with { Rows = BinaryPrimitives.ReadUInt16LittleEndian(records.Data[4..]), Columns = BinaryPrimitives.ReadUInt16LittleEndian(records.Data[6..]) };
                    inTable = true;
                    records.Move();
                    break;
                case HwpTags.ListHeader when !inTable:
                    // Paragraph count, attributes of the list, then the caption's: bits 0 and 1 are its side, 3 below.
                    if (records.Data.Length >= 12) table.CaptionBelow = (records.Data[8] & 3) == 3;
                    records.Move();
                    break;
                case HwpTags.ListHeader:
                    cell = ReadCell(records.Data, table.Cells.Count);
                    if (table.Cells.Count >= ReadLimits.Cells) throw new RefusedDocumentException(RefusalReason.TooLarge, $"{place}: a table of more than {ReadLimits.Cells} cells; expected fewer. Split the document.");
                    table.Cells.Add(cell);
                    records.Move();
                    break;
                case HwpTags.ParagraphHeader:
                    (cell?.Paragraphs ?? table.Caption).Add(ReadParagraph(ref records, section, depth + 1));
                    break;
                default:
                    records.Move();
                    break;
            }
        }
        return table;
    }

    // Paragraph count (2 bytes, 2 of padding) and attributes (4), then column, row, column span, row span.
    private static HangulCell ReadCell(ReadOnlySpan<byte> data, int index) => data.Length < 16
        ? new HangulCell(index, 0, 1, 1, [])
        : new HangulCell(Unit(data, 10), Unit(data, 8), Math.Max(1, Unit(data, 14)), Math.Max(1, Unit(data, 12)), []);

    private static int Unit(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(data[offset..]);
}
