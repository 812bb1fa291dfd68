using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>HWPML (.hml): one XML document with the definitions in HEAD and the sections in BODY.</summary>
internal static class HwpmlReader
{
    /// <summary>Reads a document.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        var content = new HangulContent();
        SafeXml.Guard(file.Path, "HWPML", () =>
        {
            // Files of Hancom's own carry an empty document type; it is passed over, not obeyed.
            using var xml = SafeXml.Open(bytes, DtdProcessing.Ignore);
            var definitions = new HangulXmlDefinitions(content, file.Path);
            while (SafeXml.Next(xml, file.Path) && xml.NodeType != XmlNodeType.Element) { }
            if (xml.LocalName != "HWPML")
                throw new RefusedDocumentException(RefusalReason.WrongExtension, $"{file.Path}: XML whose root is '{xml.LocalName}'; expected HWPML. Give it the extension of what it is.");
            definitions.Read(xml);
            var reader = new HangulXmlReader(definitions.Shapes, file.Path, null);
            reader.Read(xml);
            content.Sections.AddRange(reader.Sections);
            return true;
        });
        if (content.Sections.Count == 0)
            throw new RefusedDocumentException(RefusalReason.Damaged, $"{file.Path}: HWPML without a section; expected at least one. Save the document again.");
        return HangulComposer.Compose(content, file, "hwpml", bytes.Length);
    }
}
