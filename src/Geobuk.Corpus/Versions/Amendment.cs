using System.Text;
using System.Text.RegularExpressions;
using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Versions;

/// <summary>Compares two states of laws article by article, white space left out.</summary>
public static partial class Amendment
{
    [GeneratedRegex(@"^제\s?\d+\s?조(?:\s?의\s?\d+)?")]
    private static partial Regex Article();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    /// <summary>Every difference, by law and article. Laws are matched by 법령ID, without one by title; of several versions in one state the latest counts.</summary>
    public static IReadOnlyList<ArticleChange> Between(IEnumerable<SourceDocument> before, IEnumerable<SourceDocument> after)
    {
        var (old, current) = (Laws(before), Laws(after));
        return [.. old.Keys.Union(current.Keys).Order(StringComparer.Ordinal).SelectMany(law => Compare(old.GetValueOrDefault(law), current.GetValueOrDefault(law)))];
    }

    /// <summary>What laws are matched by.</summary>
    public static string KeyOf(string? lawId, string? title, string id) => lawId ?? Kinship.Letters(title ?? Path.GetFileNameWithoutExtension(id));

    private static Dictionary<string, SourceDocument> Laws(IEnumerable<SourceDocument> documents) =>
        documents.Where(document => document.ArticleCount > 0).GroupBy(document => KeyOf(document.Law?.LawId, document.Title, document.Id), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.MaxBy(document => (document.Dates?.Effective ?? document.Dates?.Promulgated ?? DateOnly.MinValue, document.Dates?.Promulgated ?? DateOnly.MinValue))!, StringComparer.Ordinal);

    private static IEnumerable<ArticleChange> Compare(SourceDocument? before, SourceDocument? after)
    {
        var (old, current) = (Articles(before), Articles(after));
        var one = after ?? before!;
        foreach (var name in old.Select(article => article.Key).Union(current.Select(article => article.Key)))
        {
            var (was, becomes) = (old.GetValueOrDefault(name), current.GetValueOrDefault(name));
            if (was is not null && becomes is not null && WhiteSpace().Replace(was, "") == WhiteSpace().Replace(becomes, "")) continue;
            var removed = becomes is null || (was is not null && IsStub(becomes) && !IsStub(was));
            yield return new ArticleChange(one.Title ?? one.Id, one.Law?.LawId, name, was is null ? "added" : removed ? "removed" : "changed", was, becomes);
        }
    }

    private static bool IsStub(string article) => StatuteCuts.IsStub(Article().Replace(article, "").Trim());

    // Articles and supplements by name, in their order; a name that comes twice is numbered.
    private static OrderedDictionary<string, string> Articles(SourceDocument? document)
    {
        var articles = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        var (name, text) = ((string?)null, new StringBuilder());
        foreach (var block in document?.Blocks ?? [])
        {
            if (block.Kind is BlockKind.Article or BlockKind.Supplement)
            {
                Close();
                name = block.Kind == BlockKind.Supplement ? block.Path[(block.Path.IndexOf('/') + 1)..] : WhiteSpace().Replace(Article().Match(block.Text).Value, "");
            }
            else if (block.IsHeading)
            {
                Close();
                name = null;
            }
            if (name is not null) text.Append(text.Length > 0 ? "\n" : "").Append(block.Text);
        }
        Close();
        return articles;

        void Close()
        {
            if (name is null || text.Length == 0) return;
            var (key, copy) = (name, 1);
            while (articles.ContainsKey(key)) key = $"{name} ({++copy})";
            articles[key] = text.ToString();
            text.Clear();
        }
    }
}
