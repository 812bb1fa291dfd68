using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using Geobuk.Corpus.Normalization;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Law;

/// <summary>
/// Laws and administrative rules as law.go.kr answers them. Numbers come from the fields that state them, not from the text; the
/// text repeats them, padded, and loses them again here. What is not the law itself (reasons of an amendment, forms to fill in,
/// remarks on when an article was changed) is kept out of the text.
/// </summary>
internal sealed partial class LawReader
{
    [GeneratedRegex(@"^제\s*\d+\s*(?<unit>[편장절관])")]
    private static partial Regex Unit();

    [GeneratedRegex(@"^(?:(?<number>\d{1,2})|(?<letter>[가나다라마바사아자차카타파하]))\)")]
    private static partial Regex Detail();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"<img\b[^>]*>(?:\s*</img>)?")]
    private static partial Regex Image();

    private const int LongestHeading = 60;
    private readonly string _root;
    private readonly List<Block> _blocks = [];
    private readonly List<Finding> _findings = [];

    private LawReader(string root) => _root = root;

    /// <summary>Reads XML of the targets law, eflaw and admrul.</summary>
    public static SourceDocument ParseXml(byte[] bytes, SourceFile file) => SafeXml.Guard(file.Path, "XML", () =>
    {
        using var reader = SafeXml.Open(bytes);
        while (SafeXml.Next(reader, file.Path) && reader.NodeType != XmlNodeType.Element) { }
        return Compose(LawFormats.FromXml(reader, file.Path), file, "law-xml", bytes.Length);
    });

    /// <summary>Reads JSON of the same targets.</summary>
    public static SourceDocument ParseJson(byte[] bytes, SourceFile file) =>
        Compose(LawFormats.FromJson(bytes, file.Path) ?? throw NotLaw(file, "JSON without an object"), file, "law-json", bytes.Length);

    private static RefusedDocumentException NotLaw(SourceFile file, string found) => new(RefusalReason.UnsupportedFormat,
        $"{file.Path}: {found}; expected an answer of law.go.kr (법령 or AdmRulService). Convert the file first.");

    private static SourceDocument Compose(LawNode root, SourceFile file, string format, long bytes)
    {
        var facts = root.First("기본정보") ?? root.First("행정규칙기본정보") ?? throw NotLaw(file, $"the root '{root.Name}' without 기본정보");
        var title = facts.Value("법령명_한글", "법령명한글", "행정규칙명") ?? throw NotLaw(file, "no 법령명_한글 or 행정규칙명");
        title = Spaces().Replace(title, " ");
        var kind = facts.Value("법종구분", "행정규칙종류");
        var reader = new LawReader(title);
        reader._blocks.Add(new Block(BlockKind.Title, 1, title, kind is null ? title : $"{title} ({kind})"));
        foreach (var article in root.First("조문")?.All("조문단위") ?? []) reader.AddArticle(article);
        reader.AddRule(root);
        reader.AddSupplements(root);
        reader.AddAnnexes(root);
        NormalizationCounts counts = default;
        var text = DocumentText.Lay(reader._blocks, dense: true, ref counts);
        return new SourceDocument
        {
            Id = file.Id,
            Source = file.Source,
            Format = format,
            Title = title,
            Kind = kind,
            Dates = new DocumentDates(DocumentDates.Parse(facts.Value("공포일자", "발령일자")), DocumentDates.Parse(facts.Value("시행일자"))),
            Law = new LawIdentity(facts.Value("법령ID", "행정규칙ID"), facts.Value("법령일련번호", "행정규칙일련번호") ?? root.Value("@법령키", "법령키"),
                facts.Value("공포번호", "발령번호"), facts.Value("제개정구분", "제개정구분명"), [.. Ministries(facts)]),
            Origin = $"https://www.law.go.kr/{(facts.Value("행정규칙명") is null ? "법령" : "행정규칙")}/{title.Replace(" ", "", StringComparison.Ordinal)}",
            Blocks = reader._blocks,
            Text = text,
            Findings = reader._findings,
            Counts = counts,
            Location = new DocumentLocation(0, bytes, 0),
        };
    }

    private static IEnumerable<string> Ministries(LawNode facts) => facts.All("소관부처").Concat(facts.All("소관부처명"))
        .Select(node => node.Text.Length > 0 && !string.IsNullOrWhiteSpace(node.Text.ToString()) ? node.Text.ToString() : node.Value("content") ?? "")
        .SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct();

    private void AddArticle(LawNode unit)
    {
        var content = Clean(unit.First("조문내용"));
        if (unit.Value("조문여부") == "전문")
        {
            foreach (var line in content.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)) AddHeading(line);
            return;
        }
        var number = Number(unit.Value("조문번호"));
        var name = $"제{number}조{(Number(unit.Value("조문가지번호")) is { Length: > 0 } branch ? $"의{branch}" : "")}";
        var title = unit.Value("조문제목") is { } stated ? Spaces().Replace(stated, " ").Trim() : null;
        if (title is ['(', .., ')']) title = title[1..^1];
        var path = $"{_root}/{name}";
        _blocks.Add(new Block(BlockKind.Article, 5, path, title is null ? name : $"{name} ({title})"));
        var body = WithoutHeading(content, number, title);
        if (body.Length > 0) _blocks.Add(new Block(BlockKind.Text, 0, path, body));
        foreach (var clause in unit.All("항")) AddClause(clause, path);
        if (unit.Value("조문참고자료") is { } remark) _blocks.Add(new Block(BlockKind.Note, 0, path, remark) { Zone = BlockZone.Hidden });
    }

    private void AddHeading(string line)
    {
        var kind = Unit().Match(line).Groups["unit"].ValueSpan switch
        {
            "편" => BlockKind.Part,
            "장" => BlockKind.Chapter,
            "절" => BlockKind.Section,
            "관" => BlockKind.Subsection,
            // A preamble is running text.
            _ => line.Length <= LongestHeading ? BlockKind.Heading : BlockKind.Text,
        };
        _blocks.Add(new Block(kind, kind == BlockKind.Text ? 0 : 2, _root, line));
    }

    // 제3조의2 (적용 범위) stands again at the head of the text, in several spacings.
    private static string WithoutHeading(string content, string number, string? title)
    {
        var text = content.Trim();
        var match = Regex.Match(text, $@"^제\s*{Regex.Escape(number)}\s*조(?:\s*의\s*\d+)*\s*");
        if (!match.Success) return text;
        var rest = text[match.Length..];
        if (title is null || rest.Length == 0 || rest[0] is not ('(' or '（')) return rest;
        var (at, wanted) = (1, 0);
        while (wanted < title.Length && at < rest.Length)
        {
            if (char.IsWhiteSpace(title[wanted])) wanted++;
            else if (char.IsWhiteSpace(rest[at])) at++;
            else if (title[wanted] == rest[at]) (wanted, at) = (wanted + 1, at + 1);
            else return rest;
        }
        while (at < rest.Length && char.IsWhiteSpace(rest[at])) at++;
        return at < rest.Length && rest[at] is ')' or '）' ? rest[(at + 1)..].Trim() : rest;
    }

    private void AddClause(LawNode clause, string path)
    {
        var mark = clause.Value("항번호");
        var clausePath = mark is null ? path : $"{path}/{mark}";
        var content = Clean(clause.First("항내용")).Trim();
        if (mark is not null && content.StartsWith(mark, StringComparison.Ordinal)) content = content[mark.Length..].TrimStart();
        if (mark is not null) _blocks.Add(new Block(BlockKind.Clause, 0, clausePath, $"{mark} {content}"));
        else if (content.Length > 0) _blocks.Add(new Block(BlockKind.Text, 0, clausePath, content));
        foreach (var item in clause.All("호")) AddItem(item, clausePath);
    }

    private void AddItem(LawNode item, string path)
    {
        var branch = Number(item.Value("호가지번호"));
        var mark = Mark(item.Value("호번호")) + (branch.Length > 0 ? $"의{branch}" : "");
        var itemPath = $"{path}/{mark}";
        AddMarked(BlockKind.Item, itemPath, mark, Clean(item.First("호내용")));
        foreach (var sub in item.All("목"))
        {
            var subBranch = Number(sub.Value("목가지번호"));
            var subMark = Mark(sub.Value("목번호")) + (subBranch.Length > 0 ? $"의{subBranch}" : "");
            AddMarked(BlockKind.SubItem, $"{itemPath}/{subMark}", subMark, Clean(sub.First("목내용")));
        }
    }

    // The first line is the item; further lines are its details, or go on with the line before.
    private void AddMarked(BlockKind kind, string path, string mark, string content)
    {
        var lines = content.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToList();
        var text = lines.Count == 0 ? "" : lines[0];
        if (text.StartsWith(mark, StringComparison.Ordinal)) text = text[mark.Length..].TrimStart().TrimStart('.').TrimStart();
        _blocks.Add(new Block(kind, 0, path, $"{mark}. {text}".TrimEnd()));
        var detail = path;
        foreach (var line in lines.Skip(1))
        {
            var match = Detail().Match(line);
            if (match.Success) detail = match.Groups["number"].Success ? $"{path}/{match.Groups["number"].Value}" : $"{DetailNumber(detail, path)}/{match.Groups["letter"].Value}";
            _blocks.Add(new Block(match.Success ? BlockKind.Detail : BlockKind.Text, 0, detail, line));
        }
    }

    // 가) stands below 1); the number stays, a letter before is replaced.
    private static string DetailNumber(string detail, string path)
    {
        var below = detail.AsSpan(path.Length).TrimStart('/');
        var slash = below.IndexOf('/');
        return below.IsEmpty || !char.IsAsciiDigit(below[0]) ? path : $"{path}/{(slash < 0 ? below : below[..slash])}";
    }

    // Administrative rules come as plain lines.
    private void AddRule(LawNode root)
    {
        var outline = new StatuteOutline(_root);
        foreach (var line in root.All("조문내용").SelectMany(node => Clean(node).Split('\n')).Select(line => line.Trim()).Where(line => line.Length > 0))
            _blocks.AddRange(outline.Place(new Block(BlockKind.Text, 0, _root, line)));
    }

    private void AddSupplements(LawNode root)
    {
        foreach (var supplement in root.All("부칙").SelectMany(node => node.All("부칙단위").Any() ? node.All("부칙단위") : [node]))
        {
            var outline = new StatuteOutline(_root);
            var lines = Clean(supplement.First("부칙내용")).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Trim().Length > 0).ToList();
            if (lines.Count == 0) continue;
            var stated = lines[0].TrimStart().StartsWith('부');
            var number = supplement.Value("부칙공포번호");
            if (!stated) lines.Insert(0, number is null ? "부칙" : $"부칙 <제{number}호>");
            foreach (var line in lines) _blocks.AddRange(outline.Place(new Block(BlockKind.Text, 0, _root, BoxTable.IsBoxed(line) ? line : line.Trim())));
        }
    }

    private void AddAnnexes(LawNode root)
    {
        foreach (var annex in root.First("별표")?.All("별표단위") ?? [])
        {
            var kind = annex.Value("별표구분") ?? "별표";
            var branch = Number(annex.Value("별표가지번호"));
            var name = $"{kind} {Number(annex.Value("별표번호"))}{(branch.Length > 0 ? $"의{branch}" : "")}";
            var zone = kind == "별표" ? BlockZone.Body : BlockZone.Hidden;
            var path = $"{_root}/{name}";
            _blocks.Add(new Block(BlockKind.Heading, 3, path, $"[{name}] {annex.Value("별표제목")}") { Zone = zone });
            _blocks.AddRange(BoxTable.Blocks(annex.Lines("별표내용"), path).Select(block => block with { Zone = zone }));
        }
    }

    private string Clean(LawNode? node)
    {
        var text = node?.Text.ToString() ?? "";
        if (!text.Contains("<img", StringComparison.Ordinal)) return text;
        _findings.Add(Finding.OfDocument("image_without_text", "a formula or table that is an image"));
        return Image().Replace(text, "");
    }

    private static string Mark(string? number) => number?.Trim().TrimEnd('.').Trim() ?? "";

    // 0002 and 2 are the same number, 00 and nothing are none.
    private static string Number(string? text)
    {
        if (!int.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return text?.Trim() ?? "";
        return number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture);
    }
}
