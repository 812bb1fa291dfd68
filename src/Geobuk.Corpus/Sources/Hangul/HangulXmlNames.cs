using System.Collections.Frozen;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Element names of HWPX (lower case) and HWPML (upper case); name spaces differ between versions and say nothing.</summary>
internal static class HangulXmlNames
{
    private static readonly FrozenDictionary<string, HangulXmlRole> Roles = new Dictionary<string, HangulXmlRole>
    {
        ["sec"] = HangulXmlRole.Section, ["SECTION"] = HangulXmlRole.Section,
        ["p"] = HangulXmlRole.Paragraph, ["P"] = HangulXmlRole.Paragraph,
        ["t"] = HangulXmlRole.Text, ["CHAR"] = HangulXmlRole.Text,
        ["tbl"] = HangulXmlRole.Table, ["TABLE"] = HangulXmlRole.Table,
        ["tc"] = HangulXmlRole.Cell, ["CELL"] = HangulXmlRole.Cell,
        ["cellAddr"] = HangulXmlRole.CellAddress, ["cellSpan"] = HangulXmlRole.CellSpan,
        ["caption"] = HangulXmlRole.Caption, ["CAPTION"] = HangulXmlRole.Caption,
        ["drawText"] = HangulXmlRole.Box, ["DRAWTEXT"] = HangulXmlRole.Box,
        ["footNote"] = HangulXmlRole.Footnote, ["FOOTNOTE"] = HangulXmlRole.Footnote,
        ["endNote"] = HangulXmlRole.Endnote, ["ENDNOTE"] = HangulXmlRole.Endnote,
        ["header"] = HangulXmlRole.Header, ["HEADER"] = HangulXmlRole.Header,
        ["footer"] = HangulXmlRole.Footer, ["FOOTER"] = HangulXmlRole.Footer,
        ["hiddenComment"] = HangulXmlRole.Hidden, ["HIDDENCOMMENT"] = HangulXmlRole.Hidden,
        ["fieldBegin"] = HangulXmlRole.Field, ["FIELDBEGIN"] = HangulXmlRole.Field,
        ["equation"] = HangulXmlRole.Equation, ["EQUATION"] = HangulXmlRole.Equation,
        ["autoNum"] = HangulXmlRole.AutoNumber, ["AUTONUM"] = HangulXmlRole.AutoNumber,
        ["compose"] = HangulXmlRole.Composed, ["COMPOSE"] = HangulXmlRole.Composed,
        ["dutmal"] = HangulXmlRole.Ruby, ["DUTMAL"] = HangulXmlRole.Ruby,
        ["secPr"] = HangulXmlRole.SectionProperties, ["SECDEF"] = HangulXmlRole.SectionProperties,
        ["masterPage"] = HangulXmlRole.MasterPage,
        ["HEAD"] = HangulXmlRole.Skipped, ["TAIL"] = HangulXmlRole.Skipped, ["parameters"] = HangulXmlRole.Skipped,
        ["linesegarray"] = HangulXmlRole.Skipped, ["shapeComment"] = HangulXmlRole.Skipped, ["SHAPECOMMENT"] = HangulXmlRole.Skipped,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, NumberFormat> Formats = new Dictionary<string, NumberFormat>
    {
        ["DIGIT"] = NumberFormat.Digit, ["CIRCLED_DIGIT"] = NumberFormat.CircledDigit, ["CIRCLE"] = NumberFormat.CircledDigit,
        ["ROMAN_CAPITAL"] = NumberFormat.RomanCapital, ["ROMAN_SMALL"] = NumberFormat.RomanSmall,
        ["LATIN_CAPITAL"] = NumberFormat.LatinCapital, ["LATIN_SMALL"] = NumberFormat.LatinSmall,
        ["CIRCLED_LATIN_CAPITAL"] = NumberFormat.CircledLatinCapital, ["CIRCLED_LATIN_SMALL"] = NumberFormat.CircledLatinSmall,
        ["HANGUL_SYLLABLE"] = NumberFormat.HangulSyllable, ["CIRCLED_HANGUL_SYLLABLE"] = NumberFormat.CircledHangulSyllable,
        ["HANGUL_JAMO"] = NumberFormat.HangulJamo, ["CIRCLED_HANGUL_JAMO"] = NumberFormat.CircledHangulJamo,
        ["HANGUL_PHONETIC"] = NumberFormat.HangulPhonetic, ["IDEOGRAPH"] = NumberFormat.Ideograph, ["CIRCLED_IDEOGRAPH"] = NumberFormat.CircledIdeograph,
        ["DECAGON_CIRCLE"] = NumberFormat.DecagonHangul, ["DECAGON_CIRCLE_HANJA"] = NumberFormat.DecagonHanja,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What an element means.</summary>
    public static HangulXmlRole RoleOf(string localName) => Roles.GetValueOrDefault(localName);

    /// <summary>A number format by its name: DIGIT and Digit, HANGUL_SYLLABLE and HangulSyllable.</summary>
    public static NumberFormat FormatOf(string? name)
    {
        if (name is null) return NumberFormat.Digit;
        return Formats.TryGetValue(name, out var format) || Enum.TryParse(name, ignoreCase: true, out format) ? format : NumberFormat.Digit;
    }
}
