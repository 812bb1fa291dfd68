using System.Globalization;
using System.Text;

namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Writes automatic numbers as Hancom's word processor does.</summary>
internal static class NumberText
{
    private const string Syllables = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후그느드르므브스으즈츠크트프흐기니디리미비시이지치키티피히";
    private const string Jamo = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ";
    private const string Phonetic = "영일이삼사오육칠팔구", Ideographs = "〇一二三四五六七八九";
    private const string DecagonHangul = "갑을병정무기경신임계", DecagonHanja = "甲乙丙丁戊己庚辛壬癸";
    private static readonly (int Value, string Digits)[] Roman =
        [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")];

    /// <summary>The text of <paramref name="number"/>, from 1; digits where the format has no sign for it.</summary>
    public static string Of(int number, NumberFormat format)
    {
        if (number < 1) return Digits(number);
        return format switch
        {
            NumberFormat.CircledDigit => Circled(number) ?? Digits(number),
            NumberFormat.RomanCapital => ToRoman(number),
            NumberFormat.RomanSmall => ToRoman(number).ToLowerInvariant(),
            NumberFormat.LatinCapital => Repeat('A', 26, number),
            NumberFormat.LatinSmall => Repeat('a', 26, number),
            NumberFormat.CircledLatinCapital => At('Ⓐ', 26, number),
            NumberFormat.CircledLatinSmall => At('ⓐ', 26, number),
            NumberFormat.HangulSyllable => number <= Syllables.Length ? Syllables[number - 1].ToString() : Digits(number),
            NumberFormat.CircledHangulSyllable => At('㉮', 14, number),
            NumberFormat.HangulJamo => number <= Jamo.Length ? Jamo[number - 1].ToString() : Digits(number),
            NumberFormat.CircledHangulJamo => At('㉠', 14, number),
            NumberFormat.HangulPhonetic => Positional(number, Phonetic, "십", "백"),
            NumberFormat.Ideograph => Positional(number, Ideographs, "十", "百"),
            NumberFormat.CircledIdeograph => At('㊀', 10, number),
            NumberFormat.DecagonHangul => number <= 10 ? DecagonHangul[number - 1].ToString() : Digits(number),
            NumberFormat.DecagonHanja => number <= 10 ? DecagonHanja[number - 1].ToString() : Digits(number),
            _ => Digits(number),
        };
    }

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string At(char first, int count, int number) => number <= count ? ((char)(first + number - 1)).ToString() : Digits(number);

    private static string? Circled(int number) => number switch
    {
        <= 20 => ((char)('①' + number - 1)).ToString(),
        <= 35 => ((char)('㉑' + number - 21)).ToString(),
        <= 50 => ((char)('㊱' + number - 36)).ToString(),
        _ => null,
    };

    private static string Repeat(char first, int count, int number) => new((char)(first + (number - 1) % count), Math.Min(1 + (number - 1) / count, 8));

    private static string ToRoman(int number)
    {
        if (number > 3999) return Digits(number);
        var text = new StringBuilder();
        foreach (var (value, digits) in Roman)
            for (; number >= value; number -= value) text.Append(digits);
        return text.ToString();
    }

    private static string Positional(int number, string digits, string ten, string hundred)
    {
        if (number > 999) return Digits(number);
        var text = new StringBuilder();
        if (number >= 100) text.Append(number >= 200 ? digits[number / 100].ToString() : "").Append(hundred);
        if (number % 100 >= 10) text.Append(number % 100 >= 20 ? digits[number / 10 % 10].ToString() : "").Append(ten);
        if (number % 10 > 0) text.Append(digits[number % 10]);
        return text.ToString();
    }
}
