namespace Geobuk.Corpus.Sources;

/// <summary>The number that begins a line of statute Markdown: **①**, 1\., 2의2., 가\., 1), 가). Read by hand, since every other line of a law has one.</summary>
/// <param name="Kind">Clause, item, sub-item or detail.</param>
/// <param name="Start">Where the number begins.</param>
/// <param name="Length">Its characters, without marks of Markdown and without dot or bracket.</param>
/// <param name="Text">Where the text after it begins.</param>
internal readonly record struct StatuteMark(BlockKind Kind, int Start, int Length, int Text)
{
    private const int LongestHead = 10;
    private const string SubItems = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허", Details = "가나다라마바사아자차카타파하";

    /// <summary>The mark of a line; null where it is running text.</summary>
    public static StatuteMark? Of(ReadOnlySpan<char> line)
    {
        var first = line[0];
        var head = line[..Math.Min(line.Length, LongestHead)];
        if (first is '*' or (>= '\u2460' and <= '\u32BF') && Clause(line) is { } clause) return clause;
        var dotted = head.Contains('.');
        if (dotted && char.IsAsciiDigit(first)) return Dotted(line, BlockKind.Item, Math.Min(Digits(line, 0), 3));
        if (dotted && SubItems.Contains(first) && Dotted(line, BlockKind.SubItem, 1) is { } subItem) return subItem;
        if (!head.Contains(')')) return null;
        var length = Details.Contains(first) ? 1 : Digits(line, 0);
        return length is 1 or 2 && At(line, length) == ')' ? new StatuteMark(BlockKind.Detail, 0, length, AfterSpace(line, length + 1)) : null;
    }

    private static StatuteMark? Clause(ReadOnlySpan<char> line)
    {
        var start = line.StartsWith("**") ? 2 : 0;
        if (At(line, start) is not ((>= '①' and <= '⑳') or (>= '㉑' and <= '㉟') or (>= '㊱' and <= '㊿'))) return null;
        var end = start + 1;
        return new StatuteMark(BlockKind.Clause, start, 1, AfterSpace(line, line[end..].StartsWith("**") ? end + 2 : end));
    }

    // 2의2 too; a backslash may stand before the dot.
    private static StatuteMark? Dotted(ReadOnlySpan<char> line, BlockKind kind, int length)
    {
        if (At(line, length) == '의' && Digits(line, length + 1) is > 0 and var branch) length += 1 + branch;
        var dot = At(line, length) == '\\' ? length + 1 : length;
        return At(line, dot) == '.' ? new StatuteMark(kind, 0, length, AfterSpace(line, dot + 1)) : null;
    }

    private static int AfterSpace(ReadOnlySpan<char> line, int place)
    {
        while (At(line, place) is ' ' or '\t') place++;
        return place;
    }

    private static int Digits(ReadOnlySpan<char> line, int start)
    {
        var end = start;
        while (char.IsDigit(At(line, end))) end++;
        return end - start;
    }

    private static char At(ReadOnlySpan<char> line, int place) => place < line.Length ? line[place] : '\0';
}
