using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Versions;

/// <summary>A law as it stood on a day.</summary>
/// <param name="Path">File of the law, such as kr/병역법/법률.md.</param>
/// <param name="Version">The version in force.</param>
/// <param name="Articles">Name, such as 제5조의2, and text in Markdown, title first: "(정의)\n…"; in the order of their numbers.</param>
public sealed partial record HistoricLaw(string Path, LawVersion Version, IReadOnlyList<(string Name, string Text)> Articles)
{
    [GeneratedRegex(@"^제(?<number>\d+)조(?:의(?<branch>\d+))?")]
    private static partial Regex Number();

    /// <summary>The law as a Markdown file that the corpus reads, with its identity and dates.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("---\n");
        text.Append($"제목: {Version.Title}\n법령ID: '{Version.LawId}'\n법령MST: {Version.VersionId}\n");
        text.Append(CultureInfo.InvariantCulture, $"공포일자: {Version.Promulgated:yyyy-MM-dd}\n공포번호: '{Version.Number}'\n시행일자: {Version.Effective:yyyy-MM-dd}\n");
        if (Version.Revision is not null) text.Append($"제개정구분: {Version.Revision}\n");
        text.Append($"---\n\n# {Version.Title}\n");
        foreach (var (name, body) in Articles)
        {
            // The title of an article is the first line of its text.
            var end = body.StartsWith('(') ? body.IndexOf('\n') : -1;
            var title = body.StartsWith('(') ? $" {(end < 0 ? body : body[..end])}" : "";
            text.Append($"\n##### {name}{title}\n\n{(title.Length > 0 ? end < 0 ? "" : body[(end + 1)..] : body)}\n");
        }
        return text.ToString();
    }

    internal static (int Number, int Branch) Order(string article) =>
        Number().Match(article) is { Success: true } match
            ? (int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture), match.Groups["branch"].Success ? int.Parse(match.Groups["branch"].Value, CultureInfo.InvariantCulture) : 0)
            : (int.MaxValue, 0);
}
