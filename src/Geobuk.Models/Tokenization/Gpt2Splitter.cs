namespace Geobuk.Models.Tokenization;

/// <summary>
/// The split of GPT-2 and A.X 3/4, written by hand: <see cref="Pattern"/> with Unicode meaning over code points.
/// A test holds it together with the same pattern run as a regular expression.
/// </summary>
internal sealed class Gpt2Splitter : ISplitter
{
    /// <summary>The rule as a regular expression.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public string Rule => Pattern;

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = WordEnd(text, start);
            words.Add(new TextRange(offset + start, offset + end));
        }
    }

    /// <summary>Where the word that starts at <paramref name="start"/> ends.</summary>
    public static int WordEnd(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && ContractionLength(text[start..]) is > 0 and var length) return start + length;
        var body = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = CharacterKinds.At(text, body, out _);
        if (kind != CharacterKind.Space) return CharacterKinds.RunEnd(text, body, kind);
        var end = CharacterKinds.RunEnd(text, start, CharacterKind.Space);
        // The last white space before a word is left to that word.
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int ContractionLength(ReadOnlySpan<char> text) => text switch
    {
        [_, 's' or 't' or 'm' or 'd', ..] => 2,
        [_, 'r' or 'v', 'e', ..] or [_, 'l', 'l', ..] => 3,
        _ => 0,
    };
}
