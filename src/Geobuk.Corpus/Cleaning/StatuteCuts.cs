using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Cleaning;

/// <summary>What the recipe wants cut out of a statute by its structure: provisions of which only 삭제 is left, supplementary provisions.</summary>
internal static partial class StatuteCuts
{
    [GeneratedRegex(@"^(?:제\d+조(?:의\d+)?\s*|[①-⑳㉑-㉟㊱-㊿]\s*|\d+(?:의\d+)?\.\s*|[가-힣](?:의\d+)?\.\s*|(?:\d+|[가-힣])\)\s*)?삭\s?제\s*(?:[<〈＜][^<>〈〉＜＞]*[>〉＞]\s*)*\.?$")]
    private static partial Regex Stub();

    [GeneratedRegex(@"^제\d+조(?:의\d+)?\s*$")]
    private static partial Regex BareHeading();

    /// <summary>True for a line such as "② 삭제 &lt;2010.3.17&gt;".</summary>
    public static bool IsStub(string text) => text.Length < 200 && text.Contains('삭', StringComparison.Ordinal) && Stub().IsMatch(text);

    /// <summary>Deleted articles: a heading that is a stub, or one without a name over nothing but a stub.</summary>
    public static bool IsDeletedArticle(IReadOnlyList<Block> blocks, int heading) =>
        IsStub(blocks[heading].Text)
        || (BareHeading().IsMatch(blocks[heading].Text) && heading + 1 < blocks.Count && IsStub(blocks[heading + 1].Text) && (heading + 2 == blocks.Count || blocks[heading + 2].IsHeading));

    /// <summary>Where the supplementary provisions begin in the document's text; null where there are none.</summary>
    public static int? SupplementStart(SourceDocument document) =>
        document.Blocks.FirstOrDefault(block => block.Kind == BlockKind.Supplement && block.Start >= 0)?.Start;

    /// <summary>The spans to cut, each with the separator before it, in order.</summary>
    public static IEnumerable<(TextSpan Span, string Kind)> Of(SourceDocument document, CleaningConfig config)
    {
        if (!config.DropDeletionStubs && config.Supplements != SupplementPolicy.Drop) yield break;
        var (blocks, end, supplement) = (document.Blocks, 0, false);
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (block.Start < 0) continue;
            if (block.Kind == BlockKind.Supplement) supplement = true;
            else if (block.Kind is >= BlockKind.Part and <= BlockKind.Article) supplement = false;
            var kind = supplement && config.Supplements == SupplementPolicy.Drop ? CutText.Supplement
                : config.DropDeletionStubs && IsCut(blocks, i) ? CutText.DeletionStub : null;
            var next = block.Start + block.Text.Length;
            if (kind is not null) yield return (new TextSpan(end, next - end), kind);
            end = next;
        }
    }

    private static bool IsCut(IReadOnlyList<Block> blocks, int i)
    {
        if (blocks[i].Kind == BlockKind.Article) return IsDeletedArticle(blocks, i);
        return blocks[i].Kind is BlockKind.Clause or BlockKind.Item or BlockKind.SubItem or BlockKind.Detail or BlockKind.Text && IsStub(blocks[i].Text)
            && (blocks[i].Kind != BlockKind.Text || (i > 0 && blocks[i - 1].Kind == BlockKind.Article));
    }
}
