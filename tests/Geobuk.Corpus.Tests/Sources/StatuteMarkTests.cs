using System.Text.RegularExpressions;
using CsCheck;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Tests.Sources;

/// <summary>Numbers and headings read by hand against the regular expressions that define them.</summary>
public sealed partial class StatuteMarkTests
{
    [GeneratedRegex(@"^(?:\*\*)?(?<mark>[①-⑳㉑-㉟㊱-㊿])(?:\*\*)?[ \t]*(?<text>.*)$")]
    private static partial Regex Clause();

    [GeneratedRegex(@"^(?<mark>\d{1,3}(?:의\d+)?)\\?\.[ \t]*(?<text>.*)$")]
    private static partial Regex Item();

    [GeneratedRegex(@"^(?<mark>[가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허](?:의\d+)?)\\?\.[ \t]*(?<text>.*)$")]
    private static partial Regex SubItem();

    [GeneratedRegex(@"^(?<mark>(?:\d{1,2}|[가나다라마바사아자차카타파하]))\)[ \t]*(?<text>.*)$")]
    private static partial Regex Detail();

    [GeneratedRegex(@"^ {0,3}(?<marks>#{1,6})(?: +(?<text>.*?))?(?: +#+)?$")]
    private static partial Regex Heading();

    private static readonly string[] Pieces = ["**", "①", "㉑", "㊿", "1", "12", "345", "의", "가", "허", "나", ".", "\\.", "\\", ")", " ", "\t", "글", "*", "２"];

    private static readonly string[] HeadingPieces = ["#", "##", "###", " ", "  ", "글", "글 글"];

    [Fact]
    public void Of_RandomLines_ReadsWhatTheExpressionsRead() =>
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 6].Sample(pieces =>
        {
            var line = string.Concat(pieces);
            var found = StatuteMark.Of(line) is { } mark ? (mark.Kind, line.Substring(mark.Start, mark.Length), line[mark.Text..]) : default((BlockKind, string, string)?);
            Assert.Equal(ByExpression(line), found);
        }, iter: 50_000);

    [Fact]
    public void Heading_RandomLines_ReadsWhatTheExpressionReads() =>
        Gen.Int[0, HeadingPieces.Length - 1].Select(i => HeadingPieces[i]).Array[1, 7].Sample(pieces =>
        {
            var line = string.Concat(pieces);
            var expected = Heading().Match(line) is { Success: true } match ? (match.Groups["marks"].Length, match.Groups["text"].Value.Trim()) : default((int, string)?);
            Assert.Equal(expected, MarkdownParser.Heading(line) is var (level, text) ? (level, text.Trim()) : null);
        }, iter: 20_000);

    private static (BlockKind, string, string)? ByExpression(string line)
    {
        var head = line.AsSpan(0, Math.Min(line.Length, 10));
        if (head[0] is '*' or (>= '\u2460' and <= '\u32BF') && Clause().Match(line) is { Success: true } clause) return Read(BlockKind.Clause, clause);
        var dot = head.Contains('.');
        if (dot && char.IsAsciiDigit(head[0])) return Item().Match(line) is { Success: true } item ? Read(BlockKind.Item, item) : null;
        if (dot && SubItem().Match(line) is { Success: true } subItem) return Read(BlockKind.SubItem, subItem);
        return head.Contains(')') && Detail().Match(line) is { Success: true } detail ? Read(BlockKind.Detail, detail) : null;
    }

    private static (BlockKind, string, string) Read(BlockKind kind, Match match) => (kind, match.Groups["mark"].Value, match.Groups["text"].Value);
}
