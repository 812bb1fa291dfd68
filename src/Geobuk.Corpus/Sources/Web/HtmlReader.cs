using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Geobuk.Corpus.Sources.Web;

/// <summary>
/// HTML: the main text. Navigation, forms, scripts and what is hidden are left out; of the rest the element with most text outside
/// links counts, unless the page marks it itself (main, article). Headings, lists, tables with spans; licence marks of KOGL are read.
/// </summary>
internal sealed partial class HtmlReader
{
    private const int MostBytes = 16 << 20, DeepestElement = 400;
    private static readonly HashSet<string> Left =
        ["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "NAV", "FORM", "BUTTON", "SELECT", "INPUT", "TEXTAREA", "IFRAME", "SVG", "CANVAS", "AUDIO", "VIDEO", "OBJECT", "EMBED", "HEAD", "DIALOG"];
    private static readonly HashSet<string> Blocks =
        ["ADDRESS", "ARTICLE", "ASIDE", "BLOCKQUOTE", "BODY", "CENTER", "DD", "DIV", "DL", "DT", "FIELDSET", "FIGCAPTION", "FIGURE", "FOOTER", "H1", "H2", "H3", "H4", "H5", "H6", "HEADER", "HR", "HTML", "LI", "MAIN", "OL", "P", "PRE", "SECTION", "TABLE", "UL"];

    [GeneratedRegex(@"공공누리\s*(?:공공저작물\s*)?(?:이용허락\s*)?제?\s*(?<type>[0-4])\s*유형|kogl[^""']{0,40}?(?:type|open)[_-]?0?(?<type>[0-4])", RegexOptions.IgnoreCase)]
    private static partial Regex Kogl();

    // Shown beside the type since 2026-01-28.
    [GeneratedRegex(@"AI\s?유형|인공지능\s?유형", RegexOptions.CultureInvariant)]
    private static partial Regex KoglAi();

    [GeneratedRegex(@"charset\s*=\s*[""']?(?<name>[\w-]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Charset();

    private readonly DocumentParts _parts;
    private readonly BlockPaths _paths;
    private readonly string _path;
    private readonly StringBuilder _text = new();
    private int _list;

    private HtmlReader(SourceFile file, long bytes)
    {
        _path = file.Path;
        _parts = new DocumentParts(file, "html", bytes);
        _paths = new BlockPaths(_parts.Root);
    }

    /// <summary>Reads a page.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        if (bytes.Length > MostBytes)
            throw new RefusedDocumentException(RefusalReason.TooLarge, $"{file.Path}: a page of {bytes.Length} bytes; expected at most {MostBytes}. Split it.");
        var source = Decode(bytes, file.Path);
        RefuseNesting(source, file.Path);
        using var document = new HtmlParser().ParseDocument(source);
        return new HtmlReader(file, bytes.Length).Read(document, source);
    }

    private SourceDocument Read(IDocument document, string source)
    {
        _parts.Title = string.IsNullOrWhiteSpace(document.Title) ? null : document.Title.Trim();
        if (Kogl().Match(source) is { Success: true } mark) _parts.License = $"KOGL-{mark.Groups["type"].Value}{(KoglAi().IsMatch(source) ? " AI" : "")}";
        _parts.Origin = document.QuerySelector("link[rel=canonical]")?.GetAttribute("href") ?? document.QuerySelector("meta[property='og:url']")?.GetAttribute("content");
        var published = DocumentDates.Parse(document.QuerySelector("meta[property='article:published_time']")?.GetAttribute("content")?.Split('T')[0]);
        if (published is not null) _parts.Dates = new DocumentDates(published, null);
        if (document.Body is { } body) Walk(MainOf(document, body), 0);
        Flush(BlockKind.Text, 0);
        if (_parts.Blocks.Count == 0)
            throw new RefusedDocumentException(RefusalReason.NoText, $"{_path}: a page without text; expected some. Save it after its scripts have run.");
        return _parts.ToDocument();
    }

    private static string Decode(byte[] bytes, string path)
    {
        var head = Encoding.Latin1.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 2048)));
        // Pages say which encoding they are in; UTF-8 tells itself, and Korean pages otherwise mean CP949 whatever they call it.
        return Charset().Match(head).Groups["name"].Value.ToLowerInvariant() is "iso-8859-1" or "windows-1252" && TextDecoder.Detect(bytes) is null ? Encoding.Latin1.GetString(bytes) : TextDecoder.Decode(bytes, path);
    }

    // The parser closes what pages leave open; what is nested deeper than any page costs it time.
    private static void RefuseNesting(string source, string path)
    {
        int depth = 0, deepest = 0;
        for (var i = source.IndexOf('<', StringComparison.Ordinal); i >= 0 && i + 1 < source.Length; i = source.IndexOf('<', i + 1))
        {
            if (source[i + 1] == '/') depth = Math.Max(0, depth - 1);
            else if (char.IsAsciiLetter(source[i + 1]) && !IsVoid(source, i + 1)) deepest = Math.Max(deepest, ++depth);
        }
        // Unclosed paragraphs and list items count as depth here, so the bound is generous.
        if (deepest > 50 * DeepestElement)
            throw new RefusedDocumentException(RefusalReason.TooDeep, $"{path}: {deepest} elements open at once; expected a page. Do not use it.");
    }

    private static bool IsVoid(string source, int at)
    {
        var name = source.AsSpan(at, Math.Min(6, source.Length - at));
        return name.StartsWith("br", StringComparison.OrdinalIgnoreCase) || name.StartsWith("img", StringComparison.OrdinalIgnoreCase) || name.StartsWith("meta", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("link", StringComparison.OrdinalIgnoreCase) || name.StartsWith("input", StringComparison.OrdinalIgnoreCase) || name.StartsWith("hr", StringComparison.OrdinalIgnoreCase) || name.StartsWith("col", StringComparison.OrdinalIgnoreCase);
    }

    private static IElement MainOf(IDocument document, IElement body)
    {
        if (document.QuerySelector("main, [role=main]") is { } marked && Score(marked) > 0) return marked;
        if (document.QuerySelectorAll("article") is { Length: 1 } articles && Score(articles[0]) > 0) return articles[0];
        // Down to the element that still holds most of the text.
        var best = body;
        for (var depth = 0; depth < DeepestElement; depth++)
        {
            var total = Score(best);
            var next = best.Children.Where(child => !IsLeft(child)).MaxBy(Score);
            if (next is null || total == 0 || Score(next) < 0.7 * total || !Blocks.Contains(next.TagName) || next.TagName is "P" or "TABLE" or "UL" or "OL") return best;
            best = next;
        }
        return best;
    }

    // Characters outside links and left out elements.
    private static int Score(IElement element)
    {
        var score = 0;
        var open = new Stack<INode>([element]);
        while (open.TryPop(out var node))
        {
            if (node is IText text) score += text.Data.AsSpan().Trim().Length;
            else if (node is IElement inner && (inner.TagName == "A" || IsLeft(inner))) continue;
            else
                foreach (var child in node.ChildNodes) open.Push(child);
        }
        return score;
    }

    private static bool IsLeft(IElement element) =>
        Left.Contains(element.TagName) || element.HasAttribute("hidden") || element.GetAttribute("aria-hidden") == "true" || element.GetAttribute("style") is { } style && style.Replace(" ", "", StringComparison.Ordinal).Contains("display:none", StringComparison.OrdinalIgnoreCase);

    private void Walk(INode node, int depth)
    {
        if (depth > DeepestElement)
            throw new RefusedDocumentException(RefusalReason.TooDeep, $"{_path}: elements nested more than {DeepestElement} deep; expected a page. Do not use it.");
        foreach (var child in node.ChildNodes)
        {
            if (child is IText text) _text.Append(Spaces(text.Data));
            else if (child is IElement element && !IsLeft(element)) WalkElement(element, depth);
        }
    }

    private void WalkElement(IElement element, int depth)
    {
        switch (element.TagName)
        {
            case "BR":
                _text.Append('\n');
                break;
            case "TABLE":
                Flush(BlockKind.Text, 0);
                AddTable(element, depth);
                break;
            case "H1" or "H2" or "H3" or "H4" or "H5" or "H6":
                Flush(BlockKind.Text, 0);
                Walk(element, depth + 1);
                Flush(BlockKind.Heading, element.TagName[1] - '0');
                break;
            case "UL" or "OL":
                Flush(_list > 0 ? BlockKind.ListItem : BlockKind.Text, _list);
                _list++;
                Walk(element, depth + 1);
                _list--;
                break;
            case "LI":
                Flush(BlockKind.ListItem, _list);
                Walk(element, depth + 1);
                Flush(BlockKind.ListItem, _list);
                break;
            case var name when Blocks.Contains(name):
                Flush(_list > 0 ? BlockKind.ListItem : BlockKind.Text, _list);
                Walk(element, depth + 1);
                Flush(_list > 0 ? BlockKind.ListItem : BlockKind.Text, _list);
                break;
            default:
                Walk(element, depth + 1);
                break;
        }
    }

    private void Flush(BlockKind kind, int level)
    {
        var text = string.Join('\n', _text.ToString().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Where(line => line.Length > 0));
        _text.Clear();
        if (text.Length == 0) return;
        _parts.Add(new Block(kind, level, kind == BlockKind.Heading ? _paths.Heading(level, text) : _paths.Next(), text));
    }

    // A table that holds other tables or long text lays out the page: its cells are read as blocks.
    private void AddTable(IElement element, int depth)
    {
        var rows = element.QuerySelectorAll("tr").Where(row => row.Closest("table") == element).ToList();
        if (element.QuerySelector("table") is not null || rows.Count <= 1 && rows.Sum(row => row.Children.Length) <= 1)
        {
            foreach (var cell in rows.SelectMany(row => row.Children))
            {
                Walk(cell, depth + 1);
                Flush(BlockKind.Text, 0);
            }
            return;
        }
        var cells = new List<TableCell>();
        var taken = new HashSet<(int, int)>();
        for (var row = 0; row < rows.Count; row++)
        {
            var column = 0;
            foreach (var cell in rows[row].Children.Where(cell => cell.TagName is "TD" or "TH"))
            {
                while (taken.Contains((row, column))) column++;
                var (rowSpan, columnSpan) = (Span(cell, "rowspan"), Span(cell, "colspan"));
                for (var r = 0; r < rowSpan; r++)
                    for (var c = 0; c < columnSpan; c++) taken.Add((row + r, column + c));
                if (taken.Count > ReadLimits.Cells) throw new RefusedDocumentException(RefusalReason.TooLarge, $"{_path}: a table of more than {ReadLimits.Cells} cells; expected fewer. Split the page.");
                cells.Add(new TableCell(row, column, rowSpan, columnSpan, string.Join(' ', cell.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));
                column += columnSpan;
            }
        }
        if (cells.Count == 0) return;
        var table = new Table(rows.Count, cells.Max(cell => cell.Column + cell.ColumnSpan), cells);
        _parts.Add(new Block(BlockKind.Table, 0, _paths.Next(), table.ToText()) { Table = table });
    }

    private static int Span(IElement cell, string name) => int.TryParse(cell.GetAttribute(name), out var span) ? Math.Clamp(span, 1, 100) : 1;

    private static string Spaces(string text) => text.Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' ').Replace('\u00A0', ' ');
}
