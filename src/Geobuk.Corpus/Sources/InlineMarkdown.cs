using System.Buffers;
using System.Net;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Sources;

/// <summary>Turns a Markdown line into plain text: bold marks, escapes, images, links, entities and HTML comments.</summary>
internal static partial class InlineMarkdown
{
    // Links only where the target looks like one: statutes write [별표 1](이하 "별표"라 한다).
    [GeneratedRegex(@"(?<image>!?)\[(?<text>[^\[\]]*)\]\((?:https?://|mailto:|\.{0,2}/|#|[\w.-]+\.(?:md|html?|png|jpe?g|gif|svg|pdf))[^\s()]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(\*\*|__)(?=\S)(?<text>.+?)(?<=\S)\1")]
    private static partial Regex Bold();

    [GeneratedRegex(@"</?img\b[^>]*>|<!--.*?-->")]
    private static partial Regex Dropped();

    [GeneratedRegex(@"<br\s*/?>", RegexOptions.IgnoreCase)]
    private static partial Regex LineBreak();

    [GeneratedRegex(@"\\(?<mark>[!-/:-@\[-`{-~])")]
    private static partial Regex Escape();

    [GeneratedRegex(@"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,10});")]
    private static partial Regex Entity();

    private static readonly SearchValues<char> Marks = SearchValues.Create(@"*_\[<&");

    /// <summary>Plain text of <paramref name="line"/>; the same string where there is nothing to do.</summary>
    public static string Plain(string line)
    {
        if (line.AsSpan().IndexOfAny(Marks) < 0) return line;
        if (line.Contains('<', StringComparison.Ordinal)) line = LineBreak().Replace(Dropped().Replace(line, ""), " ");
        if (line.Contains("](", StringComparison.Ordinal)) line = Link().Replace(line, "${text}");
        if (line.Contains("**", StringComparison.Ordinal) || line.Contains("__", StringComparison.Ordinal)) line = Bold().Replace(line, "${text}");
        if (line.Contains('\\', StringComparison.Ordinal)) line = Escape().Replace(line, "${mark}");
        if (line.Contains('&', StringComparison.Ordinal)) line = Entity().Replace(line, match => WebUtility.HtmlDecode(match.Value));
        return line;
    }
}
