using System.Globalization;
using System.Text;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>
/// Reads sections of HWPX and the body of HWPML, element by element. Text counts only inside text elements; what an unknown
/// element contains is looked at, so that new drawings keep their text.
/// </summary>
/// <param name="shapes">Heads of paragraph shapes by id.</param>
/// <param name="path">The file, for messages.</param>
/// <param name="masterPage">Reads a master page by its id; null where the format has none apart.</param>
internal sealed class HangulXmlReader(IReadOnlyDictionary<int, HeadingMark> shapes, string path, Func<string, List<HangulParagraph>>? masterPage)
{
    private const int MostNumber = 1_000_000;
    private HangulSection _section = new();

    /// <summary>The sections found; HWPX has one in each file.</summary>
    public List<HangulSection> Sections { get; } = [];

    /// <summary>Reads everything below the root.</summary>
    public void Read(XmlReader reader)
    {
        while (SafeXml.Next(reader, path))
            if (reader.NodeType == XmlNodeType.Element) ReadElement(reader, null, _section.Paragraphs, null);
    }

    /// <summary>Reads a part that has paragraphs without a section.</summary>
    public List<HangulParagraph> ReadLoose(XmlReader reader)
    {
        Read(reader);
        return _section.Paragraphs;
    }

    /// <summary>Reads what stands inside the element at hand.</summary>
    private void ReadChildren(XmlReader reader, HangulParagraph? host, List<HangulParagraph>? list, HangulTable? table)
    {
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, path) && reader.Depth > depth)
            if (reader.NodeType == XmlNodeType.Element) ReadElement(reader, host, list, table);
    }

    private void ReadElement(XmlReader reader, HangulParagraph? host, List<HangulParagraph>? list, HangulTable? table)
    {
        var role = HangulXmlNames.RoleOf(reader.LocalName);
        switch (role)
        {
            case HangulXmlRole.Skipped:
                SkipElement(reader);
                break;
            case HangulXmlRole.Section:
                Sections.Add(_section = new HangulSection());
                ReadChildren(reader, null, _section.Paragraphs, null);
                break;
            case HangulXmlRole.Paragraph:
                ReadParagraph(reader, host, list);
                break;
            case HangulXmlRole.Text when host is not null:
                ReadText(reader, host.Text);
                break;
            case HangulXmlRole.Table when host is not null:
                ReadTable(reader, host);
                break;
            case HangulXmlRole.Cell when table is not null:
                ReadCell(reader, table);
                break;
            case HangulXmlRole.Caption when table is not null:
                table.CaptionBelow = Attribute(reader, "side", "Side") is { } side && side.Equals("BOTTOM", StringComparison.OrdinalIgnoreCase);
                ReadChildren(reader, null, table.Caption, null);
                break;
            case HangulXmlRole.Field when host is not null:
                ReadObject(reader, host, Attribute(reader, "type", "Type") == "MEMO" ? HangulObjectKind.Hidden : HangulObjectKind.Box);
                break;
            case >= HangulXmlRole.Caption and <= HangulXmlRole.Hidden when host is not null:
                ReadObject(reader, host, KindOf(role));
                break;
            case HangulXmlRole.Equation when host is not null:
                host.Text.Append(EquationText.Of(TextOf(reader, "script", "SCRIPT")));
                break;
            case HangulXmlRole.Composed when host is not null:
                host.Text.Append(Attribute(reader, "composeText", "ComposeText"));
                ReadChildren(reader, null, null, null);
                break;
            case HangulXmlRole.Ruby when host is not null:
                ReadRuby(reader, host.Text);
                break;
            case HangulXmlRole.AutoNumber when host is not null:
                ReadAutoNumber(reader, host.Text);
                break;
            case HangulXmlRole.SectionProperties:
                _section.OutlineNumbering = Number(reader, 0, "outlineShapeIDRef", "OutlineShape");
                ReadChildren(reader, host, null, null);
                break;
            case HangulXmlRole.MasterPage when host is not null && masterPage is not null && Attribute(reader, "idRef") is { } id:
                if (masterPage(id) is { Count: > 0 } paragraphs) host.Objects.Add(new HangulObject(HangulObjectKind.Header, paragraphs));
                ReadChildren(reader, null, null, null);
                break;
            default:
                ReadChildren(reader, host, list, table);
                break;
        }
    }

    private static HangulObjectKind KindOf(HangulXmlRole role) => role switch
    {
        HangulXmlRole.Footnote => HangulObjectKind.Footnote,
        HangulXmlRole.Endnote => HangulObjectKind.Endnote,
        HangulXmlRole.Header => HangulObjectKind.Header,
        HangulXmlRole.Footer => HangulObjectKind.Footer,
        HangulXmlRole.Hidden => HangulObjectKind.Hidden,
        _ => HangulObjectKind.Box,
    };

    private void ReadParagraph(XmlReader reader, HangulParagraph? host, List<HangulParagraph>? list)
    {
        var paragraph = new HangulParagraph { Mark = shapes.GetValueOrDefault(Number(reader, -1, "paraPrIDRef", "ParaShape")) };
        // A paragraph straight inside another's drawing is text of that drawing.
        if (list is not null) list.Add(paragraph);
        else host?.Objects.Add(new HangulObject(HangulObjectKind.Box, [paragraph]));
        ReadChildren(reader, paragraph, null, null);
    }

    private void ReadObject(XmlReader reader, HangulParagraph host, HangulObjectKind kind)
    {
        var inside = new HangulObject(kind, []);
        ReadChildren(reader, null, inside.Paragraphs, null);
        if (inside.Paragraphs.Count > 0) host.Objects.Add(inside);
    }

    private void ReadTable(XmlReader reader, HangulParagraph host)
    {
        var table = new HangulTable([], Number(reader, 0, "rowCnt", "RowCount"), Number(reader, 0, "colCnt", "ColCount"), []);
        host.Objects.Add(table);
        ReadChildren(reader, null, table.Caption, table);
    }

    private void ReadCell(XmlReader reader, HangulTable table)
    {
        if (table.Cells.Count >= ReadLimits.Cells)
            throw new RefusedDocumentException(RefusalReason.TooLarge, $"{path}: a table of more than {ReadLimits.Cells} cells; expected fewer. Split the document.");
        var cell = new HangulCell(Number(reader, table.Cells.Count, "RowAddr"), Number(reader, 0, "ColAddr"), Number(reader, 1, "RowSpan"), Number(reader, 1, "ColSpan"), []);
        var index = table.Cells.Count;
        table.Cells.Add(cell);
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, path) && reader.Depth > depth)
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (HangulXmlNames.RoleOf(reader.LocalName))
            {
                case HangulXmlRole.CellAddress:
                    table.Cells[index] = cell = cell with { Row = Number(reader, 0, "rowAddr"), Column = Number(reader, 0, "colAddr") };
                    break;
                case HangulXmlRole.CellSpan:
                    table.Cells[index] = cell = cell with { RowSpan = Math.Max(1, Number(reader, 1, "rowSpan")), ColumnSpan = Math.Max(1, Number(reader, 1, "colSpan")) };
                    break;
                default:
                    ReadElement(reader, null, cell.Paragraphs, null);
                    break;
            }
        }
    }

    private void ReadText(XmlReader reader, StringBuilder text)
    {
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, path) && reader.Depth > depth)
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    // Line breaks are elements; what is in the text comes from pretty printing.
                    text.Append(reader.Value.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));
                    break;
                case XmlNodeType.Element:
                    text.Append(Sign(reader.LocalName));
                    break;
            }
        }
    }

    private static string? Sign(string localName) => localName switch
    {
        "tab" or "TAB" => "\t",
        "lineBreak" or "LINEBREAK" => "\n",
        "hyphen" or "HYPHEN" or "HYPEN" => "-",
        "nbSpace" or "NBSPACE" or "fwSpace" or "FWSPACE" => " ",
        _ => null,
    };

    private void ReadRuby(XmlReader reader, StringBuilder text)
    {
        string main = "", gloss = "";
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        var name = "";
        while (SafeXml.Next(reader, path) && reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element) name = reader.LocalName;
            else if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA)
            {
                if (name is "mainText" or "MAINTEXT") main += reader.Value;
                else if (name is "subText" or "SUBTEXT") gloss += reader.Value;
            }
        }
        text.Append(gloss.Length == 0 ? main : $"{main}({gloss})");
    }

    private void ReadAutoNumber(XmlReader reader, StringBuilder text)
    {
        var kind = Attribute(reader, "numType", "NumberType") ?? "PAGE";
        var number = Number(reader, 1, "num", "Number");
        string form = "{0}", signs = "";
        var format = NumberFormat.Digit;
        if (!reader.IsEmptyElement)
        {
            var depth = reader.Depth;
            while (SafeXml.Next(reader, path) && reader.Depth > depth)
            {
                if (reader.NodeType != XmlNodeType.Element || reader.LocalName is not ("autoNumFormat" or "AUTONUMFORMAT")) continue;
                format = HangulXmlNames.FormatOf(Attribute(reader, "type", "Type"));
                signs = Attribute(reader, "userChar", "UserChar") ?? "";
                form = $"{Attribute(reader, "prefixChar", "PrefixChar")}{{0}}{Attribute(reader, "suffixChar", "SuffixChar")}";
            }
        }
        if (kind.Contains("page", StringComparison.OrdinalIgnoreCase)) return;
        text.Append(form.Replace("{0}", signs.Trim('\0').Length > 0 ? signs : NumberText.Of(number, format), StringComparison.Ordinal));
    }

    private string? TextOf(XmlReader reader, string name, string upperName)
    {
        if (reader.IsEmptyElement) return null;
        var depth = reader.Depth;
        var text = new StringBuilder();
        var inside = false;
        while (SafeXml.Next(reader, path) && reader.Depth > depth)
        {
            if (reader.NodeType == XmlNodeType.Element) inside = !reader.IsEmptyElement && (reader.LocalName == name || reader.LocalName == upperName);
            else if (reader.NodeType == XmlNodeType.EndElement) inside = false;
            else if (inside && reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace) text.Append(reader.Value);
        }
        return text.ToString();
    }

    private void SkipElement(XmlReader reader)
    {
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        while (SafeXml.Next(reader, path) && reader.Depth > depth) { }
    }

    internal static string? Attribute(XmlReader reader, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (reader.GetAttribute(name) is { } value) return value;
        return null;
    }

    internal static int Number(XmlReader reader, int missing, params ReadOnlySpan<string> names) =>
        int.TryParse(Attribute(reader, names), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, -1, MostNumber) : missing;
}
