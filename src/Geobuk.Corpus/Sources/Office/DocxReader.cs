using System.Globalization;
using System.Text;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Office;

/// <summary>
/// DOCX (WordprocessingML): paragraphs, headings by outline level, tables with merged cells, notes, headers and footers, text boxes
/// and automatic numbers. Read element by element from parts that are unpacked under a budget; deleted text of tracked changes is
/// left out.
/// </summary>
internal sealed class DocxReader
{
    private readonly ZipPackage _package;
    private readonly string _path;
    private readonly DocumentParts _parts;
    private readonly BlockPaths _paths;
    private readonly DocxStyles _styles;
    private readonly DocxNumbering _numbering;

    private DocxReader(ZipPackage package, SourceFile file, long bytes)
    {
        _package = package;
        _path = file.Path;
        _parts = new DocumentParts(file, "docx", bytes);
        _paths = new BlockPaths(_parts.Root);
        _styles = package.Contains("word/styles.xml") ? Part("word/styles.xml", reader => DocxStyles.Read(reader, _path)) : new DocxStyles();
        _numbering = package.Contains("word/numbering.xml") ? Part("word/numbering.xml", reader => DocxNumbering.Read(reader, _path)) : new DocxNumbering();
    }

    /// <summary>Reads a document.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        using var package = new ZipPackage(bytes, file.Path);
        if (!package.Contains("word/document.xml"))
            throw new RefusedDocumentException(RefusalReason.WrongExtension, $"{file.Path}: an archive without word/document.xml; expected DOCX. Give it the extension of what it is.");
        return new DocxReader(package, file, bytes.Length).Read();
    }

    private SourceDocument Read()
    {
        foreach (var header in PartsNamed("word/header")) ReadPart(header, BlockZone.Header, BlockKind.Text);
        ReadPart("word/document.xml", BlockZone.Body, BlockKind.Text);
        if (_package.Contains("word/footnotes.xml")) ReadPart("word/footnotes.xml", BlockZone.Body, BlockKind.Note);
        if (_package.Contains("word/endnotes.xml")) ReadPart("word/endnotes.xml", BlockZone.Body, BlockKind.Note);
        if (_package.Contains("word/comments.xml")) ReadPart("word/comments.xml", BlockZone.Hidden, BlockKind.Note);
        foreach (var footer in PartsNamed("word/footer")) ReadPart(footer, BlockZone.Footer, BlockKind.Text);
        if (_package.Contains("docProps/core.xml")) _parts.Title = Part("docProps/core.xml", TitleOf);
        return _parts.ToDocument();
    }

    private IEnumerable<string> PartsNamed(string prefix) =>
        _package.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".xml", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private T Part<T>(string name, Func<XmlReader, T> read) => SafeXml.Guard(_path, name, () =>
    {
        using var reader = SafeXml.Open(_package.Read(name));
        return read(reader);
    });

    private string? TitleOf(XmlReader reader)
    {
        while (SafeXml.Next(reader, _path))
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "title" && !reader.IsEmptyElement && reader.Read() && reader.NodeType == XmlNodeType.Text) return reader.Value;
        return null;
    }

    private void ReadPart(string name, BlockZone zone, BlockKind kind) => Part(name, reader =>
    {
        while (SafeXml.Next(reader, _path))
            if (reader.NodeType == XmlNodeType.Element) ReadElement(reader, zone, kind);
        return true;
    });

    private void ReadElement(XmlReader reader, BlockZone zone, BlockKind kind)
    {
        if (reader.LocalName == "p") ReadParagraph(reader, zone, kind);
        else if (reader.LocalName == "tbl") ReadTable(reader, zone);
    }

    private void ReadParagraph(XmlReader reader, BlockZone zone, BlockKind kind)
    {
        var boxes = new List<DocxParagraph>();
        var paragraph = ReadParagraph(reader, boxes);
        AddParagraph(paragraph, zone, kind);
        foreach (var box in boxes) AddParagraph(box, zone == BlockZone.Body ? BlockZone.Box : zone, kind);
    }

    private void AddParagraph(DocxParagraph paragraph, BlockZone zone, BlockKind kind)
    {
        var (text, numbered) = Numbered(paragraph);
        if (string.IsNullOrWhiteSpace(text)) return;
        var level = _styles.OutlineLevel(paragraph);
        if (kind == BlockKind.Text && zone == BlockZone.Body && level is { } heading)
            _parts.Add(new Block(BlockKind.Heading, Math.Min(heading, 6), _paths.Heading(heading, text), text));
        else
            _parts.Add(new Block(kind == BlockKind.Text && numbered ? BlockKind.ListItem : kind, numbered ? paragraph.Level + 1 : 0, _paths.Next(), text) { Zone = zone });
    }

    private (string Text, bool Numbered) Numbered(DocxParagraph paragraph)
    {
        var text = paragraph.Text.ToString();
        var (id, level) = paragraph.NumberingId is { } own ? (own, paragraph.Level) : _styles.Numbering(paragraph.Style);
        if (id is null or "0" || string.IsNullOrWhiteSpace(text)) return (text, false);
        return _numbering.Next(id, level) is { Length: > 0 } number ? ($"{number} {text}", true) : (text, false);
    }

    /// <summary>Reads to the end of the paragraph; paragraphs of text boxes in it go to <paramref name="boxes"/>.</summary>
    private DocxParagraph ReadParagraph(XmlReader reader, List<DocxParagraph> boxes)
    {
        var paragraph = new DocxParagraph();
        if (reader.IsEmptyElement) return paragraph;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, _path) && reader.Depth > depth)
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                case "t":
                    paragraph.Text.Append(TextOf(reader));
                    break;
                case "tab" when reader.GetAttribute("pos", reader.NamespaceURI) is null:
                    paragraph.Text.Append('\t');
                    break;
                case "br" or "cr":
                    paragraph.Text.Append('\n');
                    break;
                case "noBreakHyphen":
                    paragraph.Text.Append('-');
                    break;
                case "pStyle":
                    paragraph.Style = Value(reader);
                    break;
                case "outlineLvl":
                    paragraph.Outline = Number(reader);
                    break;
                case "numId":
                    paragraph.NumberingId = Value(reader);
                    break;
                case "ilvl":
                    paragraph.Level = Math.Clamp(Number(reader), 0, 8);
                    break;
                case "p":
                    boxes.Add(ReadParagraph(reader, boxes));
                    break;
                // Fallback repeats a text box for older programs; delText is what a tracked change took out.
                case "Fallback" or "delText" or "instrText":
                    Skip(reader);
                    break;
            }
        }
        return paragraph;
    }

    private void ReadTable(XmlReader reader, BlockZone zone)
    {
        var cells = new List<TableCell>();
        var nested = ReadRows(reader, cells);
        if (cells.Count == 1 && nested == 0)
        {
            foreach (var line in cells[0].Text.Split('\n'))
                if (line.Length > 0) _parts.Add(new Block(BlockKind.Text, 0, _paths.Next(), line) { Zone = zone == BlockZone.Body ? BlockZone.Box : zone });
            return;
        }
        if (cells.Count == 0) return;
        var table = new Table(cells.Max(cell => cell.Row + cell.RowSpan), cells.Max(cell => cell.Column + cell.ColumnSpan), cells);
        _parts.Add(new Block(BlockKind.Table, 0, _paths.Next(), table.ToText()) { Zone = zone, Table = table });
    }

    // Word states that a cell goes on from above; its span grows instead.
    private int ReadRows(XmlReader reader, List<TableCell> cells)
    {
        int row = -1, column = 0, nested = 0;
        var above = new Dictionary<int, int>();
        if (reader.IsEmptyElement) return 0;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, _path) && reader.Depth > depth)
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            if (reader.LocalName == "tr") (row, column) = (row + 1, 0);
            else if (reader.LocalName == "gridBefore") column += Math.Clamp(Number(reader), 0, 1000);
            else if (reader.LocalName == "tc")
            {
                var (text, span, merge, inner) = ReadCell(reader);
                nested += inner;
                if (merge == "continue" && above.TryGetValue(column, out var index)) cells[index] = cells[index] with { RowSpan = row - cells[index].Row + 1 };
                else
                {
                    if (cells.Count >= ReadLimits.Cells) throw new RefusedDocumentException(RefusalReason.TooLarge, $"{_path}: a table of more than {ReadLimits.Cells} cells; expected fewer. Split the document.");
                    above[column] = cells.Count;
                    cells.Add(new TableCell(Math.Max(row, 0), column, 1, span, text));
                }
                column += span;
            }
        }
        return nested;
    }

    private (string Text, int Span, string? Merge, int Nested) ReadCell(XmlReader reader)
    {
        var lines = new List<string>();
        var (span, nested) = (1, 0);
        string? merge = null;
        if (reader.IsEmptyElement) return ("", 1, null, 0);
        var depth = reader.Depth;
        while (SafeXml.Next(reader, _path) && reader.Depth > depth)
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                case "gridSpan":
                    span = Math.Clamp(Number(reader), 1, 1000);
                    break;
                case "vMerge":
                    merge = Value(reader) ?? "continue";
                    break;
                case "p":
                    var boxes = new List<DocxParagraph>();
                    lines.Add(Numbered(ReadParagraph(reader, boxes)).Text);
                    lines.AddRange(boxes.Select(box => Numbered(box).Text));
                    break;
                case "tbl":
                    nested++;
                    var cells = new List<TableCell>();
                    ReadRows(reader, cells);
                    if (cells.Count > 0) lines.Add(new Table(1, 1, cells).ToText());
                    break;
            }
        }
        return (string.Join('\n', lines.Where(line => !string.IsNullOrWhiteSpace(line))), span, merge, nested);
    }

    private static string TextOf(XmlReader reader)
    {
        if (reader.IsEmptyElement) return "";
        var text = new StringBuilder();
        var depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace) text.Append(reader.Value);
        return text.ToString();
    }

    private void Skip(XmlReader reader)
    {
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, _path) && reader.Depth > depth) { }
    }

    internal static string? Value(XmlReader reader) => reader.GetAttribute("val", reader.NamespaceURI) ?? reader.GetAttribute("val");

    internal static int Number(XmlReader reader) => int.TryParse(Value(reader), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
