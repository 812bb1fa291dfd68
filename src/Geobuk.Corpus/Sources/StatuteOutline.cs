using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Sources;

/// <summary>
/// Finds the structure of a regulation in plain lines, as word processor files and administrative rules have it: 제1장 총칙,
/// 제2조(정의) 이 훈령에서…, ①, 1., 가., 1), 부칙. Lines get the kinds and paths that citations use. One object reads one document.
/// </summary>
internal sealed partial class StatuteOutline(string root)
{
    private const int LongestUnitHeading = 100, LeastArticles = 2;

    [GeneratedRegex(@"^제\s?(?<number>\d+)\s?(?<unit>[편장절관])(?<branch>의\s?\d+)?(?=$|[\s(（<])")]
    private static partial Regex Unit();

    // The words after the number decide: 제5조에 따라 begins a sentence, 제5조(정의) an article.
    [GeneratedRegex(@"^(?<heading>제\s?(?<number>\d+)\s?조(?:\s?의\s?(?<branch>\d+))?\s*(?:[(（【\[](?:[^()（）【】\[\]]|[(（【\[][^()（）【】\[\]]*[)）】\]])*[)）】\]]|(?=\s삭\s?제|\s*$)))\s*(?<text>.*)$")]
    private static partial Regex Article();

    [GeneratedRegex(@"^[# ]*제\d+조(?:의\d+)? ?[(（]", RegexOptions.Multiline)]
    private static partial Regex ArticleLine();

    [GeneratedRegex(@"^부\s*칙(?=$|\s*[<(〈（])")]
    private static partial Regex Supplement();

    [GeneratedRegex(@"제(?<number>[\d-]+)호")]
    private static partial Regex PromulgationNumber();

    [GeneratedRegex(@"^(?:(?<clause>[①-⑳㉑-㉟㊱-㊿])|(?<item>\d{1,3}(?:의\d+)?)\.(?!\d)|(?<sub>[가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허](?:의\d+)?)\.|(?<detail>\d{1,2}|[가나다라마바사아자차카타파하])\)|\((?<detail>\d{1,2}|[가나다라마바사아자차카타파하])\))\s*")]
    private static partial Regex Mark();

    // Article (or supplement and its article), clause, item, sub-item, detail; null where not open.
    private readonly string?[] _path = new string?[6];
    private bool _supplement;

    /// <summary>The blocks of a document, placed where it has articles; unchanged where it has none.</summary>
    public static List<Block> Apply(List<Block> blocks, string root)
    {
        if (blocks.Count(block => IsRunningText(block) && Article().IsMatch(block.Text)) < LeastArticles) return blocks;
        var outline = new StatuteOutline(root);
        return [.. blocks.SelectMany(block => IsRunningText(block) ? outline.Place(block) : [block])];
    }

    /// <summary>True for plain text that has articles.</summary>
    public static bool HasArticles(string text) => ArticleLine().EnumerateMatches(text) is var matches && matches.MoveNext() && matches.MoveNext();

    /// <summary>Places every line of a block; an article's heading and text become two blocks.</summary>
    public IEnumerable<Block> Place(Block block) => block.Text.Contains('\n', StringComparison.Ordinal)
        ? block.Text.Split('\n').Where(line => !string.IsNullOrWhiteSpace(line)).SelectMany(line => PlaceLine(block with { Text = line }))
        : PlaceLine(block);

    private static bool IsRunningText(Block block) => block.Zone == BlockZone.Body && block.Kind is BlockKind.Text or BlockKind.ListItem or BlockKind.Heading;

    private IEnumerable<Block> PlaceLine(Block block)
    {
        var line = block.Text.Trim();
        if (Supplement().IsMatch(line)) return [PlaceSupplement(block, line)];
        if (line[0] == '제' && Unit().Match(line) is { Success: true } unit && line.Length <= LongestUnitHeading) return [PlaceUnit(block, unit, line)];
        if (line[0] == '제' && Article().Match(line) is { Success: true } article) return PlaceArticle(block, article);
        return [PlaceNumbered(block, line)];
    }

    private Block PlaceSupplement(Block block, string line)
    {
        _supplement = true;
        Open(0, PromulgationNumber().Match(line) is { Success: true } match ? $"부칙 제{match.Groups["number"].Value}호" : "부칙");
        return At(block, BlockKind.Supplement, 2, line);
    }

    private Block PlaceUnit(Block block, Match unit, string line)
    {
        _supplement = false;
        Open(0, null);
        var kind = unit.Groups["unit"].ValueSpan[0] switch { '편' => BlockKind.Part, '장' => BlockKind.Chapter, '절' => BlockKind.Section, _ => BlockKind.Subsection };
        return At(block, kind, 2, line);
    }

    private IEnumerable<Block> PlaceArticle(Block block, Match article)
    {
        var name = $"제{article.Groups["number"].Value}조{(article.Groups["branch"].Success ? $"의{article.Groups["branch"].Value}" : "")}";
        Open(_supplement ? 1 : 0, name);
        var (heading, text) = (article.Groups["heading"].Value.Trim(), article.Groups["text"].Value.Trim());
        if (_supplement)
        {
            yield return At(block, BlockKind.Text, 0, article.Value.Trim());
            yield break;
        }
        yield return At(block, BlockKind.Article, 5, heading);
        if (text.Length > 0) yield return PlaceNumbered(block, text);
    }

    private Block PlaceNumbered(Block block, string line)
    {
        if (_path[0] is null || Mark().Match(line) is not { Success: true } mark)
            return At(block, block.Kind == BlockKind.Heading ? BlockKind.Heading : BlockKind.Text, block.Level, block.Text);
        var (name, kind, depth) = mark switch
        {
            _ when mark.Groups["clause"].Success => ("clause", BlockKind.Clause, 2),
            _ when mark.Groups["item"].Success => ("item", BlockKind.Item, 3),
            _ when mark.Groups["sub"].Success => ("sub", BlockKind.SubItem, 4),
            _ => ("detail", BlockKind.Detail, 5),
        };
        Open(depth, mark.Groups[name].Value);
        return At(block, kind, 0, kind == BlockKind.Clause ? $"{mark.Groups[name].Value} {line[mark.Length..]}" : line);
    }

    private void Open(int depth, string? mark)
    {
        _path[depth] = mark;
        Array.Clear(_path, depth + 1, _path.Length - depth - 1);
    }

    private Block At(Block block, BlockKind kind, int level, string text) =>
        block with { Kind = kind, Level = level, Text = text, Path = string.Join('/', _path.Where(part => part is not null).Prepend(root)) };
}
