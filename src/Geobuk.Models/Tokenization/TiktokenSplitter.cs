namespace Geobuk.Models.Tokenization;

/// <summary>
/// The split of Llama 3 (digits in groups of three) and Qwen2 (single digits), written by hand after their
/// published regular expressions. A test holds it together with those expressions.
/// </summary>
internal sealed class TiktokenSplitter(int digitsPerWord) : ISplitter
{
    /// <summary>Llama 3's rule.</summary>
    public const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen2's rule.</summary>
    public const string Qwen2Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public string Rule => digitsPerWord == 1 ? Qwen2Pattern : Llama3Pattern;

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = WordEnd(text, start);
            words.Add(new TextRange(offset + start, offset + end));
        }
    }

    private int WordEnd(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && ContractionLength(text[start..]) is > 0 and var contraction) return start + contraction;
        var kind = CharacterKinds.At(text, start, out var length);
        if (kind == CharacterKind.Letter) return CharacterKinds.RunEnd(text, start, kind);
        if (kind == CharacterKind.Number) return DigitsEnd(text, start);
        var next = start + length;
        var nextKind = next < text.Length ? CharacterKinds.At(text, next, out _) : CharacterKind.Space;
        if (nextKind == CharacterKind.Letter && text[start] is not ('\r' or '\n')) return CharacterKinds.RunEnd(text, next, nextKind);
        if (kind == CharacterKind.Other) return SymbolsEnd(text, start);
        return text[start] == ' ' && nextKind == CharacterKind.Other ? SymbolsEnd(text, next) : SpaceEnd(text, start);
    }

    private int DigitsEnd(ReadOnlySpan<char> text, int index)
    {
        for (var count = 0; count < digitsPerWord && index < text.Length; count++)
        {
            if (CharacterKinds.At(text, index, out var length) != CharacterKind.Number) break;
            index += length;
        }
        return index;
    }

    private static int SymbolsEnd(ReadOnlySpan<char> text, int index)
    {
        index = CharacterKinds.RunEnd(text, index, CharacterKind.Other);
        while (index < text.Length && text[index] is '\r' or '\n') index++;
        return index;
    }

    private static int SpaceEnd(ReadOnlySpan<char> text, int start)
    {
        var end = CharacterKinds.RunEnd(text, start, CharacterKind.Space);
        var lastBreak = text[start..end].LastIndexOfAny('\r', '\n');
        if (lastBreak >= 0) return start + lastBreak + 1;
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    // U+017F is the long s, which folds to s when case is ignored.
    private static int ContractionLength(ReadOnlySpan<char> text) => text switch
    {
        [_, 's' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        [_, 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] or [_, 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };
}
