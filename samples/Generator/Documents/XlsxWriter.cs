using System.Security;

namespace Geobuk.Samples.Generator.Documents;

/// <summary>Writes a workbook of one sheet.</summary>
public static class XlsxWriter
{
    private const string Space = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

    /// <summary>The file; texts are shared strings, <paramref name="merged"/> are references such as A1:B1.</summary>
    public static byte[] Write(string sheet, string[][] rows, params string[] merged)
    {
        var strings = rows.SelectMany(row => row).Distinct().ToList();
        var cells = string.Concat(rows.Select((row, r) => $"<row r=\"{r + 1}\">{string.Concat(row.Select((text, c) => text.Length == 0 ? "" : $"<c r=\"{(char)('A' + c)}{r + 1}\" t=\"s\"><v>{strings.IndexOf(text)}</v></c>"))}</row>"));
        var merges = merged.Length == 0 ? "" : $"<mergeCells>{string.Concat(merged.Select(range => $"<mergeCell ref=\"{range}\"/>"))}</mergeCells>";
        return ZipWriter.Write(
            ("[Content_Types].xml", """<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"""),
            ("xl/workbook.xml", $"""<?xml version="1.0" encoding="UTF-8"?><workbook {Space} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{SecurityElement.Escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>"""),
            ("xl/_rels/workbook.xml.rels", """<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"""),
            ("xl/sharedStrings.xml", $"""<?xml version="1.0" encoding="UTF-8"?><sst {Space}>{string.Concat(strings.Select(text => $"<si><t>{SecurityElement.Escape(text)}</t></si>"))}</sst>"""),
            ("xl/worksheets/sheet1.xml", $"""<?xml version="1.0" encoding="UTF-8"?><worksheet {Space}><sheetData>{cells}</sheetData>{merges}</worksheet>"""));
    }
}
