using System.Globalization;
using System.Security;
using System.Text;

namespace Geobuk.Samples.Generator.Documents;

/// <summary>Writes small HWPX files with the same paragraph shapes as <see cref="HwpWriter"/>.</summary>
public sealed class HwpxWriter
{
    private const string Head = """
        <?xml version="1.0" encoding="UTF-8"?><hh:head xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head"><hh:refList><hh:numberings itemCnt="1"><hh:numbering id="1" start="0"><hh:paraHead start="1" level="1" numFormat="DIGIT">^1.</hh:paraHead><hh:paraHead start="1" level="2" numFormat="HANGUL_SYLLABLE">^2.</hh:paraHead><hh:paraHead start="1" level="3" numFormat="DIGIT">^3)</hh:paraHead></hh:numbering></hh:numberings><hh:bullets itemCnt="1"><hh:bullet id="1" char="●" useImage="0"/></hh:bullets><hh:paraProperties itemCnt="7"><hh:paraPr id="0"><hh:heading type="NONE" idRef="0" level="0"/></hh:paraPr><hh:paraPr id="1"><hh:heading type="OUTLINE" idRef="0" level="0"/></hh:paraPr><hh:paraPr id="2"><hh:heading type="OUTLINE" idRef="0" level="1"/></hh:paraPr><hh:paraPr id="3"><hh:heading type="NUMBER" idRef="1" level="0"/></hh:paraPr><hh:paraPr id="4"><hh:heading type="NUMBER" idRef="1" level="1"/></hh:paraPr><hh:paraPr id="5"><hh:heading type="NUMBER" idRef="1" level="2"/></hh:paraPr><hh:paraPr id="6"><hh:heading type="BULLET" idRef="1" level="0"/></hh:paraPr></hh:paraProperties></hh:refList></hh:head>
        """;

    private readonly StringBuilder _body = new();

    /// <summary>Adds a paragraph; <paramref name="inside"/> is XML that follows its text in the same run.</summary>
    public HwpxWriter Paragraph(string text, int shape = 0, string inside = "")
    {
        _body.Append(Of(text, shape, inside));
        return this;
    }

    /// <summary>A table for the inside of a paragraph.</summary>
    public static string Table(int rows, int columns, params (int Row, int Column, int RowSpan, int ColumnSpan, string Text)[] cells) =>
        $"""<hp:tbl rowCnt="{rows}" colCnt="{columns}">{string.Concat(cells.GroupBy(cell => cell.Row).Select(row => $"<hp:tr>{string.Concat(row.Select(Cell))}</hp:tr>"))}</hp:tbl>""";

    /// <summary>A footNote, endNote, header, footer or hiddenComment for the inside of a paragraph.</summary>
    public static string Container(string element, params string[] paragraphs) =>
        $"<hp:ctrl><hp:{element}><hp:subList>{string.Concat(paragraphs.Select(text => Of(text, 0, "")))}</hp:subList></hp:{element}></hp:ctrl>";

    /// <summary>A text box for the inside of a paragraph.</summary>
    public static string Box(params string[] paragraphs) =>
        $"<hp:rect><hp:drawText><hp:subList>{string.Concat(paragraphs.Select(text => Of(text, 0, "")))}</hp:subList></hp:drawText></hp:rect>";

    /// <summary>An equation for the inside of a paragraph.</summary>
    public static string Equation(string script) => $"<hp:equation><hp:script>{SecurityElement.Escape(script)}</hp:script></hp:equation>";

    /// <summary>The section definition that the first paragraph carries.</summary>
    public const string Section = """<hp:secPr outlineShapeIDRef="1"/>""";

    /// <summary>The section's XML.</summary>
    public string SectionXml => $"""<?xml version="1.0" encoding="UTF-8"?><hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">{_body}</hs:sec>""";

    /// <summary>The file.</summary>
    public byte[] Write() => ZipWriter.Write(
        ("mimetype", "application/hwp+zip"),
        ("version.xml", """<?xml version="1.0" encoding="UTF-8"?><hv:HCFVersion xmlns:hv="http://www.hancom.co.kr/hwpml/2011/version" major="5" minor="1"/>"""),
        ("META-INF/container.xml", """<?xml version="1.0" encoding="UTF-8"?><ocf:container xmlns:ocf="urn:oasis:names:tc:opendocument:xmlns:container"><ocf:rootfiles><ocf:rootfile full-path="Contents/content.hpf"/></ocf:rootfiles></ocf:container>"""),
        ("Contents/content.hpf", """<?xml version="1.0" encoding="UTF-8"?><opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:manifest><opf:item id="header" href="Contents/header.xml"/><opf:item id="section0" href="Contents/section0.xml"/></opf:manifest><opf:spine><opf:itemref idref="section0"/></opf:spine></opf:package>"""),
        ("Contents/header.xml", Head),
        ("Contents/section0.xml", SectionXml));

    private static string Cell((int Row, int Column, int RowSpan, int ColumnSpan, string Text) cell) =>
        $"""<hp:tc><hp:subList>{Of(cell.Text, 0, "")}</hp:subList><hp:cellAddr colAddr="{cell.Column}" rowAddr="{cell.Row}"/><hp:cellSpan colSpan="{cell.ColumnSpan}" rowSpan="{cell.RowSpan}"/></hp:tc>""";

    private static string Of(string text, int shape, string inside) =>
        $"""<hp:p id="0" paraPrIDRef="{shape.ToString(CultureInfo.InvariantCulture)}" styleIDRef="0"><hp:run charPrIDRef="0"><hp:t>{SecurityElement.Escape(text)}</hp:t>{inside}</hp:run></hp:p>""";
}
