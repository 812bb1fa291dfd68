using System.Net;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Sources;

/// <summary>The front matter of a Markdown file: title, kind, dates and identity; none of it goes into the text but title and kind.</summary>
internal sealed partial record FrontMatter
{
    private static readonly FrontMatter None = new();

    public string? Title { get; private init; }
    public string? Kind { get; private init; }
    public DocumentDates? Dates { get; private init; }
    public LawIdentity? Law { get; private init; }
    public string? License { get; private init; }
    public string? Origin { get; private init; }
    /// <summary>Lines that grade the document or limit who may have it, such as 보안등급: 대외비; screening looks at them.</summary>
    public IReadOnlyList<string> Grades { get; private init; } = [];

    /// <summary>Whether a key of metadata speaks of a document's grade.</summary>
    public static bool IsGrade(string key) => Grade().IsMatch(key);

    /// <summary>Such a line as a block that is looked at and not trained on.</summary>
    public static Block GradeBlock(string root, string line) => new(BlockKind.Text, 0, root, line) { Zone = BlockZone.Hidden };

    /// <summary>Splits <paramref name="text"/> into front matter and the index where the body begins.</summary>
    public static (FrontMatter Front, int BodyStart) Parse(string text)
    {
        if (!text.StartsWith("---\n", StringComparison.Ordinal)) return (None, 0);
        var end = text.IndexOf("\n---\n", 3, StringComparison.Ordinal);
        var bodyStart = end + 5;
        if (end < 0)
        {
            if (!text.EndsWith("\n---", StringComparison.Ordinal)) return (None, 0);
            end = text.Length - 4;
            bodyStart = text.Length;
        }
        return end < 4 ? (None, bodyStart) : (Of(text[4..end].Split('\n')), bodyStart);
    }

    private static FrontMatter Of(string[] lines)
    {
        var dates = new DocumentDates(DocumentDates.Parse(Value(lines, "공포일자", "date")), DocumentDates.Parse(Value(lines, "시행일자", "effective")));
        var law = new LawIdentity(Value(lines, "법령ID"), Value(lines, "법령MST"), Value(lines, "공포번호"), Value(lines, "제개정구분"), [.. Items(lines, "소관부처")]);
        return new FrontMatter
        {
            Title = Value(lines, "제목", "title"),
            Kind = Value(lines, "법령구분", "종류", "kind"),
            Dates = dates is { Promulgated: null, Effective: null } ? null : dates,
            Law = law is { LawId: null, VersionId: null } ? null : law,
            License = Value(lines, "license", "licence", "이용허락"),
            Origin = Value(lines, "출처", "url"),
            Grades = [.. GradesOf(lines)],
        };
    }

    private static string? Value(string[] lines, params ReadOnlySpan<string> keys)
    {
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !keys.Contains(line[..colon])) continue;
            var value = line[(colon + 1)..].Trim().Trim('\'', '"');
            if (value.Length > 0) return WebUtility.HtmlDecode(value);
        }
        return null;
    }

    private static IEnumerable<string> GradesOf(string[] lines)
    {
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !IsGrade(line[..colon])) continue;
            var value = line[(colon + 1)..].Trim().Trim('\'', '"');
            yield return $"{line[..colon].Trim()}: {(value.Length > 0 ? value : string.Join(", ", Items(lines, line[..colon])))}";
        }
    }

    [GeneratedRegex("등급|보안|비밀|기밀|공개|배포|grade|classif|security|marking|handling|distribution|caveat", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Grade();

    private static IEnumerable<string> Items(string[] lines, string key)
    {
        var start = Array.FindIndex(lines, line => line.StartsWith(key + ":", StringComparison.Ordinal));
        for (var i = start + 1; start >= 0 && i < lines.Length && lines[i].StartsWith("- ", StringComparison.Ordinal); i++)
            yield return lines[i][2..].Trim().Trim('\'', '"');
    }
}
