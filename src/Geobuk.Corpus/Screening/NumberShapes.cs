using System.Buffers;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// Which kinds of personal numbers a text may hold, from the lengths of its runs of digits and what joins them: one pass, after which most texts
/// need no regular expression. A shape is there wherever the expression of its kind in <see cref="PersonalDataDetector"/> matches, and seldom elsewhere.
/// </summary>
internal readonly record struct NumberShapes
{
    // As many characters as a telephone number may take, and the digits that it needs.
    private const int PhoneReach = 26, PhoneDigits = 9;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789０１２３４５６７８９");

    /// <summary>Every shape, for the tests: nothing is left out then.</summary>
    public static NumberShapes All { get; } = new() { Resident = true, Driver = true, Card = true, Passport = true, Service = true, Phone = true, MilitaryPhone = true, Account = true };

    public bool Resident { get; private init; }
    public bool Driver { get; private init; }
    public bool Card { get; private init; }
    public bool Passport { get; private init; }
    public bool Service { get; private init; }
    public bool Phone { get; private init; }
    public bool MilitaryPhone { get; private init; }
    public bool Account { get; private init; }

    /// <summary>Looks through <paramref name="text"/>.</summary>
    public static NumberShapes Of(ReadOnlySpan<char> text)
    {
        bool resident = false, driver = false, card = false, passport = false, service = false, phone = false, military = false, account = false;
        for (int start, end = 0; (start = text[end..].IndexOfAny(Digits)) >= 0;)
        {
            start += end;
            end = start + Run(text, start);
            var (length, next) = (end - start, At(text, end));
            if (length == 1) continue;
            var second = IsDash(next) ? Run(text, end + 1) : 0;
            resident |= length == 13 || (length == 7 && IsMask(next)) || (length == 6 && (IsDash(next) || (char.IsWhiteSpace(next) && IsDash(At(text, end + 1)))));
            driver |= length == 12 || (length == 2 && second is 2 or 6);
            card |= length is 15 or 16 || (length is 4 or 10 && next is '-' or ' ' && Run(text, end + 1) is 4 or 5 or 6 or 11);
            passport |= start > 0 && text[start - 1] is 'M' or 'S' or 'R' or 'O' or 'D' or 'G' or 'P' && (length >= 8 || (length == 3 && char.IsAsciiLetterUpper(next)));
            service |= length == 2 && second is 5 or 6 or 8;
            military |= length >= 3 && second == 4;
            account |= length is >= 10 and <= 14 || (length is >= 4 and <= 6 && second is >= 4 and <= 8)
                || (length <= 6 && second is >= 2 and <= 6 && IsDash(At(text, end + 1 + second)) && Run(text, end + 2 + second) > 0);
            phone |= IsPhoneStart(text[start], text[start + 1]) && CountDigits(text.Slice(start, Math.Min(PhoneReach, text.Length - start))) >= PhoneDigits;
        }
        return new NumberShapes { Resident = resident, Driver = driver, Card = card, Passport = passport, Service = service, Phone = phone, MilitaryPhone = military, Account = account };
    }

    private static bool IsPhoneStart(char first, char second) => first switch
    {
        '0' => second is >= '1' and <= '7',
        '8' => second == '2',
        '０' => second == '１',
        _ => false,
    };

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var c in text)
            if (IsDigit(c)) count++;
        return count;
    }

    private static int Run(ReadOnlySpan<char> text, int start)
    {
        var end = start;
        while (end < text.Length && IsDigit(text[end])) end++;
        return Math.Max(0, end - start);
    }

    private static char At(ReadOnlySpan<char> text, int place) => place < text.Length ? text[place] : '\0';

    private static bool IsDigit(char c) => char.IsAsciiDigit(c) || c is >= '０' and <= '９';

    private static bool IsDash(char c) => c is '-' or (>= '‐' and <= '―') or '−' or '－';

    private static bool IsMask(char c) => c is '*' or '●' or '○' or '＊' or 'x' or 'X' or 'Ｘ' or '•';
}
