using System.Globalization;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Office;

/// <summary>Outline levels and numberings of paragraph styles.</summary>
internal sealed class DocxStyles
{
    private const int DeepestInheritance = 16, BodyLevel = 9;
    private readonly Dictionary<string, Style> _styles = [];

    public static DocxStyles Read(XmlReader reader, string path)
    {
        var styles = new DocxStyles();
        Style? style = null;
        while (SafeXml.Next(reader, path))
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                case "style":
                    style = new Style();
                    styles._styles[reader.GetAttribute("styleId", reader.NamespaceURI) ?? ""] = style;
                    break;
                case "name" when style is not null:
                    style.Name = DocxReader.Value(reader);
                    break;
                case "basedOn" when style is not null:
                    style.Parent = DocxReader.Value(reader);
                    break;
                case "outlineLvl" when style is not null:
                    style.Outline = DocxReader.Number(reader);
                    break;
                case "numId" when style is not null:
                    style.NumberingId = DocxReader.Value(reader);
                    break;
                case "ilvl" when style is not null:
                    style.Level = Math.Clamp(DocxReader.Number(reader), 0, 8);
                    break;
            }
        }
        return styles;
    }

    /// <summary>Heading level from 1, or null for running text.</summary>
    public int? OutlineLevel(DocxParagraph paragraph)
    {
        var level = paragraph.Outline ?? Inherited(paragraph.Style, style => style.Outline ?? HeadingOf(style.Name));
        return level is >= 0 and < BodyLevel ? level + 1 : null;
    }

    /// <summary>The numbering of a style and the level in it.</summary>
    public (string? Id, int Level) Numbering(string? style) => Inherited(style, found => found.NumberingId) is { } id ? (id, Inherited(style, found => (int?)found.Level) ?? 0) : (null, 0);

    private static int? HeadingOf(string? name) =>
        name is not null && name.StartsWith("heading ", StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? level - 1 : null;

    private T? Inherited<T>(string? name, Func<Style, T?> get)
    {
        for (var depth = 0; name is not null && depth < DeepestInheritance && _styles.TryGetValue(name, out var style); depth++, name = style.Parent)
            if (get(style) is { } value) return value;
        return default;
    }

    private sealed class Style
    {
        public string? Name { get; set; }
        public string? Parent { get; set; }
        public int? Outline { get; set; }
        public string? NumberingId { get; set; }
        public int Level { get; set; }
    }
}
