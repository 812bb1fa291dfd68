using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>HWPX (OWPML, KS X 6101): a ZIP archive with the definitions in header.xml and one XML file per section.</summary>
internal static partial class HwpxReader
{
    [GeneratedRegex(@"(?:^|/)section(?<number>\d{1,6})\.xml$", RegexOptions.IgnoreCase)]
    private static partial Regex SectionName();

    /// <summary>Reads a document.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        using var package = new ZipPackage(bytes, file.Path);
        RefuseEncrypted(package, file.Path);
        var sections = Sections(package, file.Path);
        if (sections.Count == 0)
            throw new RefusedDocumentException(RefusalReason.WrongExtension, $"{file.Path}: an archive without section XML; expected HWPX. Give it the extension of what it is.");
        var content = new HangulContent();
        var definitions = new HangulXmlDefinitions(content, file.Path);
        if (package.Names.FirstOrDefault(name => name.EndsWith("header.xml", StringComparison.OrdinalIgnoreCase)) is { } header)
            Read(package, header, file.Path, definitions.Read);
        foreach (var section in sections)
        {
            var reader = new HangulXmlReader(definitions.Shapes, file.Path, id => MasterPage(package, definitions, id, file.Path));
            Read(package, section, file.Path, reader.Read);
            content.Sections.AddRange(reader.Sections);
        }
        return HangulComposer.Compose(content, file, "hwpx", bytes.Length);
    }

    private static void Read(ZipPackage package, string name, string path, Action<XmlReader> read) => SafeXml.Guard(path, name, () =>
    {
        using var reader = SafeXml.Open(package.Read(name));
        read(reader);
        return true;
    });

    private static List<HangulParagraph> MasterPage(ZipPackage package, HangulXmlDefinitions definitions, string id, string path)
    {
        if (package.Names.FirstOrDefault(name => name.EndsWith($"/{id}.xml", StringComparison.OrdinalIgnoreCase)) is not { } part) return [];
        var reader = new HangulXmlReader(definitions.Shapes, path, null);
        var paragraphs = new List<HangulParagraph>();
        Read(package, part, path, xml => paragraphs = reader.ReadLoose(xml));
        return paragraphs;
    }

    private static void RefuseEncrypted(ZipPackage package, string path)
    {
        const string Manifest = "META-INF/manifest.xml";
        if (package.Contains(Manifest) && Encoding.UTF8.GetString(package.Read(Manifest).Span).Contains("encryption-data", StringComparison.Ordinal))
            throw new RefusedDocumentException(RefusalReason.Encrypted, $"{path}: encrypted with a password; expected an open document. Save it without protection.");
    }

    // The spine has the order; files without a usable one are numbered.
    private static List<string> Sections(ZipPackage package, string path)
    {
        var numbered = package.Names.Select(name => (Name: name, Match: SectionName().Match(name))).Where(part => part.Match.Success)
            .OrderBy(part => int.Parse(part.Match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)).Select(part => part.Name).ToList();
        if (numbered.Count < 2 || package.Names.FirstOrDefault(name => name.EndsWith("content.hpf", StringComparison.OrdinalIgnoreCase)) is not { } manifest) return numbered;
        var spine = new List<string>();
        Read(package, manifest, path, reader => spine = Spine(reader, path));
        var ordered = spine.Select(href => numbered.Find(name => name == href || name.EndsWith("/" + href, StringComparison.Ordinal))).OfType<string>().Distinct().ToList();
        return ordered.Count == numbered.Count ? ordered : numbered;
    }

    private static List<string> Spine(XmlReader reader, string path)
    {
        var items = new Dictionary<string, string>();
        var spine = new List<string>();
        while (SafeXml.Next(reader, path))
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            if (reader.LocalName == "item" && reader.GetAttribute("id") is { } id && reader.GetAttribute("href") is { } href) items[id] = href;
            else if (reader.LocalName == "itemref" && items.TryGetValue(reader.GetAttribute("idref") ?? "", out var target)) spine.Add(target);
        }
        return spine;
    }
}
