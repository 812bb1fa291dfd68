using System.Buffers;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// What every Korean grade ends in, looked for before any regular expression is tried: most lines of a law hold 비 or 급, hardly one a grade.
/// True of every text in which <see cref="MarkingDetector"/> finds something, and of few others.
/// </summary>
internal static class GradeEnds
{
    private const string Levels = "ⅠⅡⅢⅰⅱⅲ123１２３一二三IＩiｉl";
    private static readonly SearchValues<char> Ends = SearchValues.Create("급비밀密秘");

    /// <summary>A grade's last letter with the one that must stand before it, whatever filling lies between: 비밀, 기밀, 외비, 극비, 秘密, 外秘, Ⅱ급.</summary>
    public static bool MayGrade(ReadOnlySpan<char> line)
    {
        for (int at, from = 0; (at = line[from..].IndexOfAny(Ends)) >= 0; from += at + 1)
        {
            var end = from + at;
            var before = end - 1;
            while (before >= 0 && IsFilling(line[before])) before--;
            if (before >= 0 && MayEnd(line[before], line[end])) return true;
        }
        return false;
    }

    /// <summary>외 between white space, as in 대외비 written from top to bottom.</summary>
    public static bool MayStandUpright(ReadOnlySpan<char> text)
    {
        for (int at, from = 0; (at = text[from..].IndexOf('외')) >= 0; from += at + 1)
        {
            var place = from + at;
            if (place > 0 && place + 1 < text.Length && char.IsWhiteSpace(text[place - 1]) && char.IsWhiteSpace(text[place + 1])) return true;
        }
        return false;
    }

    private static bool MayEnd(char before, char end) => end switch
    {
        '밀' => before is '비' or '기',
        '비' => before is '외' or '극',
        '密' => before == '秘',
        '秘' => before == '外',
        _ => Levels.Contains(before),
    };

    private static bool IsFilling(char c) => char.IsWhiteSpace(c) || c is (>= '\u200B' and <= '\u200D') or '\u2060' or '\uFEFF' or '\u00AD' or '·' or 'ㆍ' or '.' or '-' or '_';
}
