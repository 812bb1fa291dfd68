using System.Net;

namespace Geobuk.Corpus.Sources;

/// <summary>The title and kind of a Markdown file's front matter; every other key stays out of the text.</summary>
internal sealed record FrontMatter(string? Title, string? Kind)
{
    /// <summary>Splits <paramref name="text"/> into front matter and the index where the body begins.</summary>
    public static (FrontMatter Front, int BodyStart) Parse(string text)
    {
        var none = new FrontMatter(null, null);
        if (!text.StartsWith("---\n", StringComparison.Ordinal)) return (none, 0);
        var end = text.IndexOf("\n---\n", 3, StringComparison.Ordinal);
        var bodyStart = end + 5;
        if (end < 0)
        {
            if (!text.EndsWith("\n---", StringComparison.Ordinal)) return (none, 0);
            end = text.Length - 4;
            bodyStart = text.Length;
        }
        if (end < 4) return (none, bodyStart);
        var header = text[4..end];
        return (new FrontMatter(Value(header, "제목", "title"), Value(header, "법령구분", "종류", "kind")), bodyStart);
    }

    private static string? Value(string header, params ReadOnlySpan<string> keys)
    {
        foreach (var line in header.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || !keys.Contains(line[..colon])) continue;
            var value = line[(colon + 1)..].Trim().Trim('\'', '"');
            if (value.Length > 0) return WebUtility.HtmlDecode(value);
        }
        return null;
    }
}
