using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Numberings, bullets and heads of paragraph shapes from header.xml of HWPX or HEAD of HWPML.</summary>
internal sealed class HangulXmlDefinitions(HangulContent content, string path)
{
    private const int Levels = 10;

    /// <summary>Heads of paragraph shapes by id.</summary>
    public Dictionary<int, HeadingMark> Shapes { get; } = [];

    /// <summary>Reads definitions until the end, or past the element HEAD.</summary>
    public void Read(XmlReader reader)
    {
        int numbering = -1, shape = -1;
        while (SafeXml.Next(reader, path))
        {
            if (reader.NodeType == XmlNodeType.EndElement && reader.LocalName == "HEAD") return;
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                // Fonts, borders and the shapes of characters are most of a header and say nothing of the text.
                case "fontfaces" or "borderFills" or "charProperties" or "tabProperties" or "styles" or "memoProperties":
                    SkipInside(reader);
                    break;
                case "numbering" or "NUMBERING":
                    numbering = HangulXmlReader.Number(reader, -1, "id", "Id");
                    content.Numberings[numbering] = [.. Enumerable.Repeat(new NumberingLevel("", NumberFormat.Digit, 1), Levels)];
                    break;
                case "bullet" or "BULLET":
                    numbering = -1;
                    if (HangulXmlReader.Attribute(reader, "char", "Char") is [var bullet, ..]) content.Bullets[HangulXmlReader.Number(reader, -1, "id", "Id")] = BulletText.Of(bullet);
                    break;
                case "paraHead" or "PARAHEAD" when numbering >= 0:
                    ReadLevel(reader, content.Numberings[numbering]);
                    break;
                case "paraPr" or "PARASHAPE":
                    shape = HangulXmlReader.Number(reader, -1, "id", "Id");
                    Shapes[shape] = new HeadingMark(KindOf(HangulXmlReader.Attribute(reader, "HeadingType")), HangulXmlReader.Number(reader, 0, "Heading"), Math.Clamp(HangulXmlReader.Number(reader, 0, "Level"), 0, Levels - 1));
                    break;
                case "heading" when shape >= 0:
                    Shapes[shape] = new HeadingMark(KindOf(HangulXmlReader.Attribute(reader, "type")), HangulXmlReader.Number(reader, 0, "idRef"), Math.Clamp(HangulXmlReader.Number(reader, 0, "level"), 0, Levels - 1));
                    break;
            }
        }
    }

    // Stands on the end of the element afterwards, as reading it through would.
    private static void SkipInside(XmlReader reader)
    {
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        reader.Read();
        while (reader.Depth > depth) reader.Skip();
    }

    private void ReadLevel(XmlReader reader, NumberingLevel[] levels)
    {
        var level = HangulXmlReader.Number(reader, 0, "level", "Level") - 1;
        var format = HangulXmlNames.FormatOf(HangulXmlReader.Attribute(reader, "numFormat", "NumFormat"));
        var start = Math.Clamp(HangulXmlReader.Number(reader, 1, "start", "Start"), 1, 1_000_000);
        var form = "";
        if (!reader.IsEmptyElement)
        {
            var depth = reader.Depth;
            while (SafeXml.Next(reader, path) && reader.Depth > depth)
                if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace) form += reader.Value;
        }
        if (level >= 0 && level < levels.Length) levels[level] = new NumberingLevel(form, format, start);
    }

    private static HeadingMarkKind KindOf(string? name) => Enum.TryParse<HeadingMarkKind>(name, ignoreCase: true, out var kind) ? kind : HeadingMarkKind.None;
}
