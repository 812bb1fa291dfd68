using System.Buffers.Binary;
using System.Text;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Controls of HWP 5 by their four letters, and the texts that some of them carry themselves.</summary>
internal static class HwpControls
{
    public const uint Table = 't' << 24 | 'b' << 16 | 'l' << 8 | ' ';
    public const uint Equation = 'e' << 24 | 'q' << 16 | 'e' << 8 | 'd';
    public const uint Section = 's' << 24 | 'e' << 16 | 'c' << 8 | 'd';
    public const uint AutoNumber = 'a' << 24 | 't' << 16 | 'n' << 8 | 'o';
    public const uint ComposedLetters = 't' << 24 | 'c' << 16 | 'p' << 8 | 's';
    public const uint Ruby = 't' << 24 | 'd' << 16 | 'u' << 8 | 't';
    private const uint Header = 'h' << 24 | 'e' << 16 | 'a' << 8 | 'd';
    private const uint Footer = 'f' << 24 | 'o' << 16 | 'o' << 8 | 't';
    private const uint Footnote = 'f' << 24 | 'n' << 16 | ' ' << 8 | ' ';
    private const uint Endnote = 'e' << 24 | 'n' << 16 | ' ' << 8 | ' ';
    private const uint HiddenComment = 't' << 24 | 'c' << 16 | 'm' << 8 | 't';
    private const uint Memo = '%' << 24 | '%' << 16 | 'm' << 8 | 'e';
    private const int MostLetters = 64;

    /// <summary>What the paragraphs inside a control are.</summary>
    public static HangulObjectKind KindOf(uint id) => id switch
    {
        // What a section definition contains are its master pages.
        Header or Section => HangulObjectKind.Header,
        Footer => HangulObjectKind.Footer,
        Footnote => HangulObjectKind.Footnote,
        Endnote => HangulObjectKind.Endnote,
        HiddenComment or Memo => HangulObjectKind.Hidden,
        _ => HangulObjectKind.Box,
    };

    /// <summary>An automatic number: attributes (kind, format), number, own sign, characters before and after. Page numbers are none of the text.</summary>
    public static string? AutoNumberText(ReadOnlySpan<byte> data)
    {
        if (data.Length < 16) return null;
        var attributes = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
        if ((attributes & 0xF) is 0 or 6) return null;
        var own = (char)BinaryPrimitives.ReadUInt16LittleEndian(data[10..]);
        var number = NumberText.Of(BinaryPrimitives.ReadUInt16LittleEndian(data[8..]), (NumberFormat)(attributes >> 4 & 0xFF));
        return $"{Sign(data[12..])}{(own >= ' ' ? own.ToString() : number)}{Sign(data[14..])}";
    }

    /// <summary>Letters set into one another, or a word with its gloss.</summary>
    public static string InlineText(uint id, ReadOnlySpan<byte> data)
    {
        var main = Letters(data[4..], out var used);
        if (id != Ruby) return main;
        var gloss = Letters(data[(4 + used)..], out _);
        return gloss.Length == 0 ? main : $"{main}({gloss})";
    }

    private static string Letters(ReadOnlySpan<byte> data, out int used)
    {
        used = 0;
        if (data.Length < 2) return "";
        var length = BinaryPrimitives.ReadUInt16LittleEndian(data);
        if (length > MostLetters || 2 + 2 * length > data.Length) return "";
        used = 2 + 2 * length;
        return Encoding.Unicode.GetString(data.Slice(2, 2 * length));
    }

    private static string Sign(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt16LittleEndian(data) is >= 32 and var unit ? ((char)unit).ToString() : "";
}
