using System.Globalization;
using System.Text;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Office;

/// <summary>XLSX (SpreadsheetML): every visible sheet is a heading and a table; merged cells have their spans; values as stored.</summary>
internal sealed class XlsxReader
{
    private const int MostColumns = 16_384, MostRows = 1_048_576;
    private readonly ZipPackage _package;
    private readonly string _path;
    private readonly List<string> _shared;

    private XlsxReader(ZipPackage package, string path)
    {
        (_package, _path) = (package, path);
        _shared = package.Contains("xl/sharedStrings.xml") ? Part("xl/sharedStrings.xml", SharedStrings) : [];
    }

    /// <summary>Reads a workbook.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        using var package = new ZipPackage(bytes, file.Path);
        if (!package.Contains("xl/workbook.xml"))
            throw new RefusedDocumentException(RefusalReason.WrongExtension, $"{file.Path}: an archive without xl/workbook.xml; expected XLSX. Give it the extension of what it is.");
        var parts = new DocumentParts(file, "xlsx", bytes.Length);
        var paths = new BlockPaths(parts.Root);
        var reader = new XlsxReader(package, file.Path);
        foreach (var (name, part) in reader.Sheets())
        {
            var cells = reader.Part(part, reader.Cells);
            if (cells.Count == 0) continue;
            parts.Add(new Block(BlockKind.Heading, 1, paths.Heading(1, name), name));
            var table = new Table(cells.Max(cell => cell.Row + cell.RowSpan), cells.Max(cell => cell.Column + cell.ColumnSpan), cells);
            parts.Add(new Block(BlockKind.Table, 0, paths.Next(), table.ToText()) { Table = table });
        }
        return parts.ToDocument();
    }

    private T Part<T>(string name, Func<XmlReader, T> read) => SafeXml.Guard(_path, name, () =>
    {
        using var reader = SafeXml.Open(_package.Read(name));
        return read(reader);
    });

    private List<(string Name, string Part)> Sheets()
    {
        var targets = _package.Contains("xl/_rels/workbook.xml.rels") ? Part("xl/_rels/workbook.xml.rels", Targets) : [];
        return Part("xl/workbook.xml", reader =>
        {
            var sheets = new List<(string, string)>();
            while (SafeXml.Next(reader, _path))
            {
                if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "sheet" || reader.GetAttribute("state") is "hidden" or "veryHidden") continue;
                var id = Attribute(reader, "id");
                var part = id is not null && targets.TryGetValue(id, out var target) ? target : $"xl/worksheets/sheet{sheets.Count + 1}.xml";
                if (_package.Contains(part)) sheets.Add((reader.GetAttribute("name") ?? part, part));
            }
            return sheets;
        });
    }

    private Dictionary<string, string> Targets(XmlReader reader)
    {
        var targets = new Dictionary<string, string>();
        while (SafeXml.Next(reader, _path))
            if (reader.NodeType == XmlNodeType.Element && reader.GetAttribute("Id") is { } id && reader.GetAttribute("Target") is { } target)
                targets[id] = target.StartsWith('/') ? target[1..] : $"xl/{target}";
        return targets;
    }

    private List<string> SharedStrings(XmlReader reader)
    {
        var strings = new List<string>();
        while (SafeXml.Next(reader, _path))
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "si") strings.Add(TextsIn(reader));
        return strings;
    }

    private List<TableCell> Cells(XmlReader reader)
    {
        var cells = new Dictionary<(int Row, int Column), TableCell>();
        var next = (Row: -1, Column: 0);
        while (SafeXml.Next(reader, _path))
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            if (reader.LocalName == "row") next = (next.Row + 1, 0);
            else if (reader.LocalName == "c")
            {
                var at = Place(reader.GetAttribute("r")) ?? next;
                var text = Value(reader).Trim();
                next = (at.Row, at.Column + 1);
                if (text.Length == 0) continue;
                if (cells.Count >= ReadLimits.Cells) throw new RefusedDocumentException(RefusalReason.TooLarge, $"{_path}: a sheet of more than {ReadLimits.Cells} cells; expected fewer. Split it.");
                cells[at] = new TableCell(at.Row, at.Column, 1, 1, text);
            }
            else if (reader.LocalName == "mergeCell" && reader.GetAttribute("ref")?.Split(':') is [var first, var last] && Place(first) is { } from && Place(last) is { } to && cells.TryGetValue(from, out var merged))
                cells[from] = merged with { RowSpan = Math.Max(1, to.Row - from.Row + 1), ColumnSpan = Math.Max(1, to.Column - from.Column + 1) };
        }
        return [.. cells.Values.OrderBy(cell => cell.Row).ThenBy(cell => cell.Column)];
    }

    private string Value(XmlReader reader)
    {
        var type = reader.GetAttribute("t");
        if (type == "inlineStr") return TextsIn(reader);
        var value = "";
        if (reader.IsEmptyElement) return value;
        var depth = reader.Depth;
        var inside = false;
        while (SafeXml.Next(reader, _path) && reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element) inside = reader.LocalName == "v";
            else if (inside && reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA) value += reader.Value;
        }
        if (type != "s") return value;
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < _shared.Count ? _shared[index] : "";
    }

    private string TextsIn(XmlReader reader)
    {
        if (reader.IsEmptyElement) return "";
        var text = new StringBuilder();
        var depth = reader.Depth;
        var (inside, phonetic) = (false, 0);
        while (SafeXml.Next(reader, _path) && reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                inside = reader.LocalName == "t" && phonetic == 0;
                if (reader.LocalName == "rPh" && !reader.IsEmptyElement) phonetic++;
            }
            else if (reader.NodeType == XmlNodeType.EndElement)
            {
                inside = false;
                if (reader.LocalName == "rPh") phonetic--;
            }
            else if (inside) text.Append(reader.Value);
        }
        return text.ToString();
    }

    private static string? Attribute(XmlReader reader, string localName)
    {
        string? value = null;
        while (reader.MoveToNextAttribute())
            if (reader.LocalName == localName) value = reader.Value;
        reader.MoveToElement();
        return value;
    }

    // BC12 is row 11, column 54.
    private static (int Row, int Column)? Place(string? reference)
    {
        if (reference is null) return null;
        int column = 0, row = 0;
        foreach (var c in reference)
        {
            if (c is >= 'A' and <= 'Z' && row == 0 && column < MostColumns) column = column * 26 + c - 'A' + 1;
            else if (char.IsAsciiDigit(c) && row < MostRows) row = row * 10 + c - '0';
            else if (c != '$') return null;
        }
        return column is >= 1 and <= MostColumns && row is >= 1 and <= MostRows ? (row - 1, column - 1) : null;
    }
}
