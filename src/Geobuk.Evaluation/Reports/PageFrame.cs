using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>What all pages share: one file, no script, no outside request (a content security policy forbids them), one style sheet.</summary>
internal static class PageFrame
{
    public static string Render(string title, params object?[] content) => HtmlWriter.Document(
        Tag("html", Attribute("lang", "ko"), Head(title), Tag("body", Tag("main", content))));

    private static XElement Head(string title) => Tag("head",
        Tag("meta", Attribute("charset", "utf-8")),
        Tag("meta", Attribute("name", "viewport"), Attribute("content", "width=device-width, initial-scale=1")),
        Tag("meta", Attribute("http-equiv", "Content-Security-Policy"), Attribute("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")),
        Tag("meta", Attribute("name", "color-scheme"), Attribute("content", "light dark")),
        Tag("link", Attribute("rel", "icon"), Attribute("href", "data:,")),
        Tag("title", title),
        Tag("style", Style()));

    private static string Style()
    {
        using var stream = typeof(PageFrame).Assembly.GetManifestResourceStream("report.css")
            ?? throw new InvalidOperationException("report.css is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
