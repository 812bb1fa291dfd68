namespace Geobuk.Corpus.Sources;

/// <summary>The dates that a document states of itself.</summary>
/// <param name="Promulgated">공포일자, or the day it was published.</param>
/// <param name="Effective">시행일자, or the day from which it holds.</param>
public sealed record DocumentDates(DateOnly? Promulgated, DateOnly? Effective)
{
    /// <summary>A date written as 20260106, 2026-01-06, 2026.1.6 or 2026. 1. 6.; null where it is none.</summary>
    public static DateOnly? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var digits = text.Trim().TrimEnd('.');
        if (digits.Length == 8 && int.TryParse(digits, out var packed)) return Make(packed / 10000, packed / 100 % 100, packed % 100);
        var parts = digits.Split(['.', '-', '/'], StringSplitOptions.TrimEntries);
        return parts is [var y, var m, var d] && int.TryParse(y, out var year) && int.TryParse(m, out var month) && int.TryParse(d, out var day)
            ? Make(year, month, day)
            : null;
    }

    private static DateOnly? Make(int year, int month, int day) =>
        year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? new DateOnly(year, month, day) : null;
}
