using System.Xml.Linq;

namespace Geobuk.Evaluation.Reports;

/// <summary>Building blocks of the page. A tree rather than text: well-formed and escaped by construction.</summary>
internal static class Markup
{
    public static XElement Tag(string name, params object?[] content) => new(name, content);

    public static XAttribute Class(string value) => new("class", value);

    public static XAttribute Attribute(string name, string value) => new(name, value);

    /// <summary>A coordinate or length in user units of an SVG.</summary>
    public static XAttribute At(string name, double value) => new(name, value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture));

    public static XElement Row(string cell, params object?[] cells) => Tag("tr", cells.Select(content => content is XElement { Name.LocalName: "th" or "td" } ? content : Tag(cell, content)));

    public static XElement Text(double x, double y, string css, string text, string anchor = "start") =>
        Tag("text", At("x", x), At("y", y), Class(css), Attribute("text-anchor", anchor), text);

    public static XElement Line(double x1, double y1, double x2, double y2, string css) =>
        Tag("line", At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), Class(css));
}
