using System.Text;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Sources;

/// <summary>Ordinary Markdown to headings and paragraphs of plain text. Code keeps its lines, fences and rules go.</summary>
internal sealed partial class MarkdownParser
{
    [GeneratedRegex(@"^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,}|\|?[ :|-]*--[ :|-]*)$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"^(?:> ?)+")]
    private static partial Regex Quote();

    private readonly List<Block> _blocks = [];
    private readonly StringBuilder _paragraph = new();
    private readonly string[] _headings = new string[6];
    private readonly string _root;
    private string _path;
    private int _count;
    private bool _fenced;

    public MarkdownParser(string root) => _root = _path = root;

    public List<Block> Parse(ReadOnlyMemory<char> body)
    {
        foreach (var line in body.Span.EnumerateLines()) Line(line.ToString());
        _fenced = false;
        EndParagraph();
        return _blocks;
    }

    /// <summary>Level and text of a heading line: up to three spaces, one to six #, a space and the text, perhaps # at its end again; null where it is none.</summary>
    internal static (int Level, string Text)? Heading(ReadOnlySpan<char> line)
    {
        var indent = line.Length - line.TrimStart(' ').Length;
        var marks = line[indent..].IndexOfAnyExcept('#');
        if (marks < 0) marks = line.Length - indent;
        if (indent > 3 || marks is 0 or > 6) return null;
        var rest = line[(indent + marks)..];
        if (rest.Length > 0 && rest[0] != ' ') return null;
        var text = rest.TrimStart(' ');
        var open = text.TrimEnd('#');
        if (open.Length == text.Length || (open.Length > 0 && open[^1] != ' ')) return (marks, text.ToString());
        return (marks, (open.Length == 0 ? text : open.TrimEnd(' ')).ToString());
    }

    private void Line(string line)
    {
        var content = line.AsSpan().TrimStart();
        if (content.StartsWith("```") || content.StartsWith("~~~")) _fenced = !_fenced;
        else if (_fenced) Append(line);
        else if (line.Length == 0) EndParagraph();
        else if (content[0] == '#' && Heading(line) is var (level, heading)) AddHeading(level, InlineMarkdown.Plain(heading));
        else if (!Rule().IsMatch(line)) Append(InlineMarkdown.Plain(line[0] == '>' ? Quote().Replace(line, "") : line));
    }

    private void AddHeading(int level, string text)
    {
        EndParagraph();
        if (text.Length == 0) return;
        _headings[level - 1] = text;
        Array.Clear(_headings, level, _headings.Length - level);
        // The first-level heading is the document's own name, which the root of the path already says.
        _path = string.Join('/', _headings.Skip(1).Where(heading => heading is not null).Prepend(_root));
        _count = 0;
        _blocks.Add(new Block(BlockKind.Heading, level, _path, text));
    }

    private void Append(string line)
    {
        if (_paragraph.Length > 0) _paragraph.Append('\n');
        _paragraph.Append(line);
    }

    private void EndParagraph()
    {
        if (_paragraph.Length == 0 || _fenced) return;
        var text = _paragraph.ToString();
        _paragraph.Clear();
        if (!string.IsNullOrWhiteSpace(text)) _blocks.Add(new Block(BlockKind.Text, 0, $"{_path}/{++_count}", text));
    }
}
