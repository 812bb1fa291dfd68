using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Synthesis;

/// <summary>A statute's articles from the blocks of its document; supplementary provisions and deleted articles are left out.</summary>
public static partial class ArticleReader
{
    [GeneratedRegex(@"^(?<number>제\d+조(?:의\d+)?)\s*(?:\((?<heading>[^)]*)\))?")]
    private static partial Regex Title();

    [GeneratedRegex(@"\s*[<\[](?:개정|신설|전문개정|본조신설|제목개정|시행일|종전|단순위헌|헌법불합치|\d{4})[^>\]]*[>\]]")]
    private static partial Regex AmendmentNote();

    [GeneratedRegex(@"^(?:[①-⑳㉑-㉟㊱-㊿]|\d{1,3}(?:의\d+)?\.|[가-힣](?:의\d+)?\.|(?:\d{1,2}|[가-힣])\))\s*")]
    private static partial Regex Mark();

    /// <summary>Every article that says something.</summary>
    public static IEnumerable<StatuteArticle> Read(SourceDocument document)
    {
        StatuteArticle? open = null;
        var provisions = new List<Provision>();
        foreach (var block in document.Blocks)
        {
            if (block.IsHeading)
            {
                if (open is not null && provisions.Count > 0) yield return open with { Provisions = [.. provisions] };
                provisions.Clear();
                open = block.Kind == BlockKind.Article ? Open(document, block) : null;
            }
            else if (open is not null && Plain(block.Text) is { Length: > 0 } text && !text.StartsWith("삭제", StringComparison.Ordinal))
                provisions.Add(new Provision(block.Path, text));
        }
        if (open is not null && provisions.Count > 0) yield return open with { Provisions = [.. provisions] };
    }

    private static StatuteArticle? Open(SourceDocument document, Block block)
    {
        if (Title().Match(block.Text) is not { Success: true } title || document.Title is not { } law) return null;
        return new StatuteArticle(block.Path, law, title.Groups["number"].Value, title.Groups["heading"].Value.Trim(), []);
    }

    private static string Plain(string text) => AmendmentNote().Replace(Mark().Replace(text.Trim(), ""), "").Replace('\n', ' ').Trim();
}
