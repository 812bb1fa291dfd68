using System.Text;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Web;

/// <summary>DITA topics: titles, paragraphs, list items and tables. Document types are passed over, not obeyed.</summary>
internal sealed class DitaReader
{
    private readonly DocumentParts _parts;
    private readonly BlockPaths _paths;
    private readonly string _path;
    private readonly StringBuilder _text = new();
    private readonly List<TableCell> _cells = [];
    private int _topic, _list, _row, _column;
    private bool _inTable;
    private string _kind = "p";

    private DitaReader(SourceFile file, long bytes)
    {
        _path = file.Path;
        _parts = new DocumentParts(file, "dita", bytes);
        _paths = new BlockPaths(_parts.Root);
    }

    /// <summary>Reads a topic.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file) => SafeXml.Guard(file.Path, "DITA", () =>
    {
        using var reader = SafeXml.Open(bytes, DtdProcessing.Ignore);
        return new DitaReader(file, bytes.Length).Read(reader);
    });

    private SourceDocument Read(XmlReader reader)
    {
        while (SafeXml.Next(reader, _path))
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    Begin(reader);
                    break;
                case XmlNodeType.EndElement:
                    End(reader.LocalName);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    _text.Append(reader.Value);
                    break;
            }
        }
        Flush();
        return _parts.ToDocument();
    }

    private void Begin(XmlReader reader)
    {
        var (name, empty) = (reader.LocalName, reader.IsEmptyElement);
        switch (name)
        {
            case "dita" or "topic" or "concept" or "task" or "reference" or "section":
                Flush();
                if (!empty && name != "dita") _topic++;
                break;
            case "ol" or "ul" or "sl" or "dl":
                Flush();
                if (!empty) _list++;
                break;
            case "title" or "p" or "li" or "sli" or "dt" or "dd" or "note" or "lq" or "pre" or "codeblock" or "fn" or "shortdesc" or "cmd" or "step":
                if (!_inTable) Flush();
                _kind = name;
                break;
            case "table" or "simpletable":
                Flush();
                _inTable = !empty;
                (_row, _column) = (-1, 0);
                _cells.Clear();
                break;
            case "row" or "strow" or "sthead":
                (_row, _column) = (_row + 1, 0);
                break;
            case "entry" or "stentry":
                _text.Clear();
                if (empty) End(name);
                break;
            // Index terms, metadata and drafts are not printed.
            case "prolog" or "indexterm" or "metadata" or "draft-comment" or "required-cleanup" or "data":
                Skip(reader);
                break;
        }
    }

    private void End(string name)
    {
        switch (name)
        {
            case "topic" or "concept" or "task" or "reference" or "section":
                Flush();
                _topic--;
                break;
            case "ol" or "ul" or "sl" or "dl":
                Flush();
                _list--;
                break;
            case "entry" or "stentry":
                if (_cells.Count >= ReadLimits.Cells) throw new RefusedDocumentException(RefusalReason.TooLarge, $"{_path}: a table of more than {ReadLimits.Cells} cells; expected fewer. Split the document.");
                _cells.Add(new TableCell(Math.Max(_row, 0), _column++, 1, 1, Words()));
                break;
            case "table" or "simpletable":
                AddTable();
                break;
            case "title" or "p" or "li" or "sli" or "dt" or "dd" or "note" or "lq" or "pre" or "codeblock" or "fn" or "shortdesc" or "cmd" or "step":
                if (_inTable) _text.Append('\n');
                else Flush();
                _kind = _list > 0 ? "li" : "p";
                break;
        }
    }

    private void AddTable()
    {
        _inTable = false;
        if (_cells.Count == 0) return;
        var table = new Table(_row + 1, _cells.Max(cell => cell.Column) + 1, [.. _cells]);
        _parts.Add(new Block(BlockKind.Table, 0, _paths.Next(), table.ToText()) { Table = table });
        _text.Clear();
    }

    private void Flush()
    {
        if (_inTable) return;
        var text = Words();
        if (text.Length == 0) return;
        if (_kind == "title")
        {
            var level = Math.Clamp(_topic, 1, 6);
            if (_parts.Title is null)
            {
                _parts.Title = text;
                _parts.Add(new Block(BlockKind.Title, 1, _parts.Root, text));
            }
            else _parts.Add(new Block(BlockKind.Heading, level, _paths.Heading(level, text), text));
        }
        else if (_kind == "fn") _parts.Add(new Block(BlockKind.Note, 0, _paths.Next(), text));
        else _parts.Add(new Block(_list > 0 ? BlockKind.ListItem : BlockKind.Text, _list > 0 ? Math.Min(_list, 9) : 0, _paths.Next(), text));
    }

    private string Words()
    {
        var words = string.Join(' ', _text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        _text.Clear();
        return words;
    }

    private void Skip(XmlReader reader)
    {
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, _path) && reader.Depth > depth) { }
    }
}
