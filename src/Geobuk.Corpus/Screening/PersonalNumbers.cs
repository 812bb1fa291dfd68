namespace Geobuk.Corpus.Screening;

/// <summary>
/// Arithmetic of Korean numbers, on strings of ASCII digits. Resident number YYMMDD-GHIJKLX: weights 2 to 9, 2 to 5,
/// X = (11 - sum mod 11) mod 10; foreigners' X = (13 - sum mod 11) mod 10. Numbers given after October 2020 carry no checksum.
/// </summary>
internal static class PersonalNumbers
{
    private static readonly int[] Weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];

    /// <summary>True where the first seven digits are a date of birth with its century.</summary>
    public static bool HasBirthDate(string digits)
    {
        var century = digits[6] switch { '1' or '2' or '5' or '6' => 1900, '3' or '4' or '7' or '8' => 2000, _ => 1800 };
        var (year, month, day) = (century + Two(digits, 0), Two(digits, 2), Two(digits, 4));
        return month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
    }

    /// <summary>The check digit of a resident (<paramref name="from"/> 11) or foreigner (13) number holds.</summary>
    public static bool HasCheckDigit(string digits, int from) => digits[12] - '0' == CheckDigit(digits, from);

    /// <summary>Check digit of the first twelve digits.</summary>
    public static int CheckDigit(string digits, int from)
    {
        var sum = 0;
        for (var i = 0; i < 12; i++) sum += (digits[i] - '0') * Weights[i];
        return (from - sum % 11) % 10;
    }

    /// <summary>The check digit of a corporation's number (법인등록번호) holds: weights 1, 2, 1, 2 …, modulo 10.</summary>
    public static bool IsCorporate(string digits)
    {
        var sum = 0;
        for (var i = 0; i < 12; i++) sum += (digits[i] - '0') * (1 + i % 2);
        return (10 - sum % 10) % 10 == digits[12] - '0';
    }

    /// <summary>Luhn, ISO/IEC 7812-1.</summary>
    public static bool IsLuhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 1) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
            sum += digit;
        }
        return sum % 10 == 0;
    }

    /// <summary>The digits of <paramref name="text"/>, full-width ones as ASCII.</summary>
    public static string Digits(ReadOnlySpan<char> text)
    {
        Span<char> digits = stackalloc char[text.Length];
        var count = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c)) digits[count++] = c;
            else if (c is >= '０' and <= '９') digits[count++] = (char)(c - '０' + '0');
        }
        return new string(digits[..count]);
    }

    private static int Two(string digits, int at) => (digits[at] - '0') * 10 + digits[at + 1] - '0';
}
