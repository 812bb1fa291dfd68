using System.Globalization;

namespace Geobuk.Models.Tokenization;

/// <summary>Looks up kinds by code point; a table for the basic plane keeps the splitters fast.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] BasicPlane = Build();

    /// <summary>The kind of the code point at <paramref name="index"/> and its length in UTF-16 units.</summary>
    public static CharacterKind At(ReadOnlySpan<char> text, int index, out int length)
    {
        var unit = text[index];
        if (!char.IsHighSurrogate(unit) || index + 1 >= text.Length || !char.IsLowSurrogate(text[index + 1]))
        {
            length = 1;
            return BasicPlane[unit];
        }
        length = 2;
        return Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(unit, text[index + 1])));
    }

    /// <summary>The end of the run of one kind that starts at <paramref name="index"/>.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int index, CharacterKind kind)
    {
        while (index < text.Length && At(text, index, out var length) == kind) index += length;
        return index;
    }

    private static CharacterKind[] Build()
    {
        var kinds = new CharacterKind[char.MaxValue + 1];
        for (var unit = 0; unit < kinds.Length; unit++)
            kinds[unit] = char.IsWhiteSpace((char)unit) ? CharacterKind.Space : Of(CharUnicodeInfo.GetUnicodeCategory((char)unit));
        return kinds;
    }

    private static CharacterKind Of(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
        _ => CharacterKind.Other,
    };
}
