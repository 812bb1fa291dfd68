using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// A Hancom document to blocks: automatic numbers written out, outline paragraphs as headings, tables with their cells, boxes,
/// notes, headers and footers after the paragraph that they are anchored in. That order is the same for HWP and HWPX, which
/// store the anchors differently.
/// </summary>
internal sealed class HangulComposer
{
    private const int LongestHeading = 200;
    private readonly HangulContent _content;
    private readonly string _root;
    private readonly NumberingCounter _numbers, _outlines;
    private readonly List<Block> _blocks = [];
    private readonly string?[] _headings = new string?[10];
    private string _path;
    private int _count, _outline, _footnotes, _endnotes;

    private HangulComposer(HangulContent content, string root)
    {
        _content = content;
        _root = _path = root;
        // Outline and paragraph numbers count apart, even by one definition.
        _numbers = new NumberingCounter(content.Numberings);
        _outlines = new NumberingCounter(content.Numberings);
    }

    /// <summary>Makes the document.</summary>
    public static SourceDocument Compose(HangulContent content, SourceFile file, string format, long bytes)
    {
        var root = content.Title ?? Path.GetFileNameWithoutExtension(file.Id);
        var composer = new HangulComposer(content, root);
        foreach (var section in content.Sections)
        {
            composer._outline = section.OutlineNumbering;
            composer.Add(section.Paragraphs, BlockZone.Body);
        }
        var blocks = StatuteOutline.Apply(composer._blocks, root);
        NormalizationCounts counts = default;
        var text = DocumentText.Lay(blocks, dense: true, ref counts);
        var unmapped = OldHangul.CountPrivate(text);
        if (unmapped > 0) content.Findings.Add(Finding.OfDocument("private_use_characters", $"{unmapped} characters of a vendor's own without a Unicode counterpart"));
        return new SourceDocument
        {
            Id = file.Id,
            Source = file.Source,
            Format = format,
            Title = content.Title,
            LicenseMark = content.LicenseMark,
            Blocks = blocks,
            Text = text,
            Findings = content.Findings,
            Counts = counts,
            Location = new DocumentLocation(0, bytes, 0),
        };
    }

    private void Add(List<HangulParagraph> paragraphs, BlockZone zone)
    {
        foreach (var paragraph in paragraphs)
        {
            AddText(paragraph, zone);
            foreach (var anchored in paragraph.Objects) AddObject(anchored, zone);
        }
    }

    private void AddText(HangulParagraph paragraph, BlockZone zone)
    {
        var text = Numbered(paragraph);
        if (string.IsNullOrWhiteSpace(text)) return;
        var (kind, level) = paragraph.Mark.Kind switch
        {
            HeadingMarkKind.Outline when zone == BlockZone.Body && text.Length <= LongestHeading => (BlockKind.Heading, paragraph.Mark.Level + 1),
            HeadingMarkKind.None => (BlockKind.Text, 0),
            _ => (BlockKind.ListItem, paragraph.Mark.Level + 1),
        };
        if (kind == BlockKind.Heading) Open(level, text);
        Add(new Block(kind, Math.Min(level, 6), kind == BlockKind.Heading ? _path : NextPath(), text) { Zone = zone });
    }

    private void Open(int level, string text)
    {
        _headings[Math.Min(level, _headings.Length) - 1] = text;
        Array.Clear(_headings, Math.Min(level, _headings.Length), _headings.Length - Math.Min(level, _headings.Length));
        _path = string.Join('/', _headings.Where(heading => heading is not null).Prepend(_root));
        _count = 0;
    }

    private void AddObject(HangulObject anchored, BlockZone zone)
    {
        switch (anchored.Kind)
        {
            case HangulObjectKind.Table:
                AddTable((HangulTable)anchored, zone);
                break;
            case HangulObjectKind.Footnote or HangulObjectKind.Endnote:
                AddNote(anchored, zone);
                break;
            default:
                Add(anchored.Paragraphs, anchored.Kind switch
                {
                    HangulObjectKind.Header => BlockZone.Header,
                    HangulObjectKind.Footer => BlockZone.Footer,
                    HangulObjectKind.Hidden => BlockZone.Hidden,
                    _ => zone == BlockZone.Body ? BlockZone.Box : zone,
                });
                break;
        }
    }

    private void AddNote(HangulObject note, BlockZone zone)
    {
        var number = note.Kind == HangulObjectKind.Footnote ? ++_footnotes : ++_endnotes;
        var text = Flat(note.Paragraphs).Trim();
        if (text.Length == 0) return;
        // The number that the file carries stands in the text already; without one the note's place decides.
        if (!char.IsAsciiDigit(text[0])) text = $"{number}) {text}";
        Add(new Block(BlockKind.Note, 0, $"{_root}/{(note.Kind == HangulObjectKind.Footnote ? "각주" : "미주")} {number}", text) { Zone = zone });
    }

    private void AddTable(HangulTable table, BlockZone zone)
    {
        if (!table.CaptionBelow) Add(table.Caption, zone);
        if (table.Cells is [var only]) Add(only.Paragraphs, zone == BlockZone.Body ? BlockZone.Box : zone);
        else
        {
            var model = Model(table);
            Add(new Block(BlockKind.Table, 0, NextPath(), model.ToText()) { Zone = zone, Table = model });
        }
        if (table.CaptionBelow) Add(table.Caption, zone);
    }

    private Table Model(HangulTable table) => new(table.Rows, table.Columns,
        [.. table.Cells.OrderBy(cell => cell.Row).ThenBy(cell => cell.Column).Select(cell => new TableCell(cell.Row, cell.Column, cell.RowSpan, cell.ColumnSpan, Flat(cell.Paragraphs)))]);

    private void Add(Block block)
    {
        if (_blocks.Count >= ReadLimits.Blocks) throw new RefusedDocumentException(RefusalReason.TooLarge, $"{_root}: more than {ReadLimits.Blocks} blocks; expected fewer. Split the document.");
        _blocks.Add(block);
    }

    // A cell's paragraphs and whatever stands in them, a line each.
    private string Flat(List<HangulParagraph> paragraphs)
    {
        var lines = new List<string>();
        foreach (var paragraph in paragraphs)
        {
            lines.Add(Numbered(paragraph));
            foreach (var anchored in paragraph.Objects)
            {
                if (anchored.Kind == HangulObjectKind.Hidden) continue;
                if (anchored is not HangulTable table) lines.Add(Flat(anchored.Paragraphs));
                else lines.AddRange(table.CaptionBelow ? [Model(table).ToText(), Flat(table.Caption)] : [Flat(table.Caption), Model(table).ToText()]);
            }
        }
        return string.Join('\n', lines.Where(line => !string.IsNullOrWhiteSpace(line)));
    }

    private string Numbered(HangulParagraph paragraph)
    {
        var text = OldHangul.Map(paragraph.Text.ToString());
        var mark = paragraph.Mark.Kind switch
        {
            HeadingMarkKind.Outline => _outlines.Next(_outline, paragraph.Mark.Level),
            HeadingMarkKind.Number => _numbers.Next(paragraph.Mark.Id, paragraph.Mark.Level),
            HeadingMarkKind.Bullet => _content.Bullets.GetValueOrDefault(paragraph.Mark.Id),
            _ => null,
        };
        // A number without text is counted and not written.
        return string.IsNullOrEmpty(mark) || string.IsNullOrWhiteSpace(text) ? text : $"{mark} {text}";
    }

    private string NextPath() => $"{_path}/{++_count}";
}
