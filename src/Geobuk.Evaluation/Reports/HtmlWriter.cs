using System.Text;
using System.Xml.Linq;

namespace Geobuk.Evaluation.Reports;

/// <summary>
/// Writes an element tree as HTML5 that is also well-formed XML. Own code because XML writers shorten an empty
/// <c>div</c> to one tag, which browsers read as an opening one.
/// </summary>
internal static class HtmlWriter
{
    private static readonly HashSet<string> Void = ["br", "hr", "img", "link", "meta", "col", "wbr"];

    public static string Document(XElement html)
    {
        var text = new StringBuilder("<!DOCTYPE html>\n");
        Write(text, html);
        return text.Append('\n').ToString();
    }

    private static void Write(StringBuilder text, XElement element)
    {
        var name = element.Name.LocalName;
        text.Append('<').Append(name);
        foreach (var attribute in element.Attributes())
        {
            text.Append(' ').Append(attribute.Name.LocalName).Append("=\"");
            Escape(text, attribute.Value, attribute: true);
            text.Append('"');
        }
        if (Void.Contains(name))
        {
            text.Append(" />");
            return;
        }
        text.Append('>');
        foreach (var node in element.Nodes())
        {
            if (node is XElement child) Write(text, child);
            // Style is raw text in HTML: its content must not need escaping, and our own sheet does not.
            else if (node is XText raw && name == "style") text.Append(raw.Value);
            else if (node is XText content) Escape(text, content.Value, attribute: false);
        }
        text.Append("</").Append(name).Append('>');
        if (name is "tr" or "section" or "p" or "h2" or "svg" or "table" or "g") text.Append('\n');
    }

    private static void Escape(StringBuilder text, string value, bool attribute)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '&' => text.Append("&amp;"),
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '"' when attribute => text.Append("&quot;"),
                '\t' or '\n' => text.Append(c),
                // Control characters are allowed in neither HTML nor XML; a file name may hold them.
                < ' ' or '\uFFFE' or '\uFFFF' or (>= '\u007F' and < '\u00A0') => text.Append('\uFFFD'),
                _ => text.Append(c),
            };
        }
    }
}
