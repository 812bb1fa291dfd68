using System.Text;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Sources;

/// <summary>
/// Statute Markdown: headings 편, 장, 절, 관, 조 and 부칙; below them 항 (①), 호 (1.), 목 (가.) and 세목 (1), 가)).
/// Paths name what a citation names: 병역법/제5조/①/1/가; chapters are not part of them, articles are numbered through.
/// </summary>
internal sealed partial class StatuteParser(string root)
{
    [GeneratedRegex(@"^제\d+(?<unit>편|장|절|관|조)(?:의\d+)?")]
    private static partial Regex Unit();

    [GeneratedRegex(@"^부칙(?=$| ?[<(])")]
    private static partial Regex SupplementLine();

    [GeneratedRegex(@"<제(?<number>[^,<>]+)호")]
    private static partial Regex PromulgationNumber();

    private readonly List<Block> _blocks = [];
    private readonly StringBuilder _text = new();
    // Article (or supplement and its article), clause, item, sub-item, detail; null where not open.
    private readonly string?[] _path = new string?[6];
    private readonly string _root = root;
    private string _current = root;
    private bool _supplement;

    public List<Block> Parse(ReadOnlyMemory<char> body)
    {
        foreach (var line in body.Span.EnumerateLines()) Line(line.Trim().ToString());
        EndText();
        return _blocks;
    }

    private void Line(string line)
    {
        if (line.Length == 0) EndText();
        else if (line[0] == '#' && MarkdownParser.Heading(line) is var (level, heading)) AddHeading(level, InlineMarkdown.Plain(heading).Trim());
        else if (_supplement && SupplementLine().IsMatch(line)) AddSupplement(InlineMarkdown.Plain(line));
        else if (!TryNumbered(line)) AddText(InlineMarkdown.Plain(line));
    }

    private void AddHeading(int level, string text)
    {
        if (text.Length == 0) return;
        EndText();
        if (SupplementLine().IsMatch(text)) AddSupplement(text);
        else if (Unit().Match(text) is { Success: true } unit) AddUnit(level, unit, text);
        else Add(BlockKind.Heading, level, text);
    }

    private void AddUnit(int level, Match unit, string text)
    {
        var kind = unit.Groups["unit"].ValueSpan[0] switch
        {
            '편' => BlockKind.Part,
            '장' => BlockKind.Chapter,
            '절' => BlockKind.Section,
            '관' => BlockKind.Subsection,
            _ => BlockKind.Article,
        };
        _supplement = false;
        Open(0, kind == BlockKind.Article ? unit.Value : null);
        Add(kind, level, text);
    }

    private void AddSupplement(string text)
    {
        EndText();
        // "## 부칙" only opens the part of the file; the lines "부칙 <제1호,…>" in it name the provisions themselves.
        var replacesBareHeading = _blocks is [.., { Kind: BlockKind.Supplement, Text: "부칙" }];
        if (replacesBareHeading) _blocks.RemoveAt(_blocks.Count - 1);
        _supplement = true;
        Open(0, PromulgationNumber().Match(text) is { Success: true } match ? $"부칙 제{match.Groups["number"].Value}호" : "부칙");
        Add(BlockKind.Supplement, 2, text);
    }

    private bool TryNumbered(string line)
    {
        if (_path[0] is null || StatuteMark.Of(line) is not { } mark) return false;
        EndText();
        var number = line.Substring(mark.Start, mark.Length);
        var (depth, separator) = mark.Kind switch
        {
            BlockKind.Clause => (2, " "),
            BlockKind.Item => (3, ". "),
            BlockKind.SubItem => (4, ". "),
            _ => (5, ") "),
        };
        Open(depth, number);
        Add(mark.Kind, 0, string.Concat(number, separator, InlineMarkdown.Plain(line[mark.Text..])).TrimEnd());
        return true;
    }

    private void AddText(string line)
    {
        if (_supplement && Unit().Match(line) is { Success: true } unit && unit.Groups["unit"].ValueSpan is "조" && _path[0] is not null)
        {
            EndText();
            Open(1, unit.Value);
        }
        if (_text.Length > 0) _text.Append('\n');
        _text.Append(line);
    }

    private void EndText()
    {
        if (_text.Length > 0) Add(BlockKind.Text, 0, _text.ToString());
        _text.Clear();
    }

    // A part of a path is the path down to it.
    private void Open(int depth, string? mark)
    {
        var above = _root;
        for (var i = 0; i < depth; i++) above = _path[i] ?? above;
        _path[depth] = mark is null ? null : $"{above}/{mark}";
        Array.Clear(_path, depth + 1, _path.Length - depth - 1);
        _current = _path[depth] ?? above;
    }

    private void Add(BlockKind kind, int level, string text)
    {
        if (!string.IsNullOrWhiteSpace(text)) _blocks.Add(new Block(kind, level, _current, text));
    }
}
