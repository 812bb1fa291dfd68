using System.Security;
using System.Text;

namespace Geobuk.Samples.Generator.Documents;

/// <summary>Writes small DOCX files.</summary>
public sealed class DocxWriter
{
    private const string Space = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    private readonly StringBuilder _body = new();
    private readonly List<string> _notes = [];
    private string? _header;

    /// <summary>Adds a paragraph; <paramref name="style"/> may be Heading1, Heading2 or List1, List2.</summary>
    public DocxWriter Paragraph(string text, string? style = null)
    {
        _body.Append(Of(text, style));
        return this;
    }

    /// <summary>Adds a table by rows.</summary>
    public DocxWriter Table(params string[][] rows)
    {
        _body.Append("<w:tbl>").AppendJoin("", rows.Select(row => $"<w:tr>{string.Concat(row.Select(cell => $"<w:tc>{Of(cell, null)}</w:tc>"))}</w:tr>")).Append("</w:tbl>");
        return this;
    }

    /// <summary>Adds a footnote.</summary>
    public DocxWriter Note(string text)
    {
        _notes.Add(text);
        return this;
    }

    /// <summary>Sets the page header.</summary>
    public DocxWriter Header(string text)
    {
        _header = text;
        return this;
    }

    /// <summary>Adds raw XML to the body.</summary>
    public DocxWriter Raw(string xml)
    {
        _body.Append(xml);
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        List<(string, string)> parts =
        [
            ("[Content_Types].xml", """<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""),
            ("_rels/.rels", """<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"""),
            ("word/document.xml", $"""<?xml version="1.0" encoding="UTF-8"?><w:document {Space}><w:body>{_body}</w:body></w:document>"""),
            ("word/styles.xml", $"""<?xml version="1.0" encoding="UTF-8"?><w:styles {Space}><w:style w:styleId="Heading1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Heading1"/></w:style><w:style w:styleId="List1"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style><w:style w:styleId="List2"><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>"""),
            ("word/numbering.xml", $"""<?xml version="1.0" encoding="UTF-8"?><w:numbering {Space}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="ganada"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"""),
        ];
        if (_notes.Count > 0) parts.Add(("word/footnotes.xml", $"""<?xml version="1.0" encoding="UTF-8"?><w:footnotes {Space}>{string.Concat(_notes.Select((note, i) => $"<w:footnote w:id=\"{i + 1}\">{Of(note, null)}</w:footnote>"))}</w:footnotes>"""));
        if (_header is not null) parts.Add(("word/header1.xml", $"""<?xml version="1.0" encoding="UTF-8"?><w:hdr {Space}>{Of(_header, null)}</w:hdr>"""));
        return ZipWriter.Write([.. parts]);
    }

    private static string Of(string text, string? style) =>
        $"<w:p>{(style is null ? "" : $"<w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>")}<w:r><w:t xml:space=\"preserve\">{SecurityElement.Escape(text)}</w:t></w:r></w:p>";
}
