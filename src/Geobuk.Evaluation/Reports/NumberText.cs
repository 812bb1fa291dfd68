using System.Globalization;

namespace Geobuk.Evaluation.Reports;

/// <summary>Numbers as people read them on the page.</summary>
internal static class NumberText
{
    private const string Minus = "\u2212";
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>0.7123 as 71.2 %.</summary>
    public static string Percent(double share, int digits = 1) => $"{Fixed(share * 100, digits)}\u00A0%";

    /// <summary>A change of a share: +1.2 %p.</summary>
    public static string Points(double difference) => $"{Signed(difference * 100, 1)}\u00A0%p";

    /// <summary>A ratio as a change: 0.46 as −54.0 %.</summary>
    public static string Change(double ratio) => $"{Signed((ratio - 1) * 100, 1)}\u00A0%";

    /// <summary>Perplexity and the like: three or more digits that mean something.</summary>
    public static string Figure(double value) => Math.Abs(value) switch
    {
        >= 1000 => Whole(Math.Round(value)),
        >= 100 => Fixed(value, 1),
        >= 1 => Fixed(value, 2),
        >= 0.1 => Fixed(value, 3),
        _ => Fixed(value, 4),
    };

    /// <summary>Decimal units, as file managers and disks count.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }
        return $"{(unit == 0 || value >= 100 ? Fixed(value, 0) : Fixed(value, value >= 10 ? 1 : 2))}\u00A0{Units[unit]}";
    }

    /// <summary>6.1 M for 6,100,000.</summary>
    public static string Count(long count) => count switch
    {
        >= 1_000_000_000 => $"{Fixed(count / 1e9, 2)}\u00A0B",
        >= 1_000_000 => $"{Fixed(count / 1e6, 2)}\u00A0M",
        _ => Whole(count),
    };

    /// <summary>Thousands separated.</summary>
    public static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture).Replace("-", Minus);

    /// <summary>Tokens per second.</summary>
    public static string Speed(double tokensPerSecond) => $"{(tokensPerSecond >= 100 ? Whole(tokensPerSecond) : Fixed(tokensPerSecond, 1))}\u00A0tok/s";

    /// <summary>Korean duration: 3분 12초.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 10 => $"{Fixed(seconds, 2)}초",
        < 60 => $"{Fixed(seconds, 0)}초",
        < 3600 => $"{(int)(seconds / 60)}분 {(int)(seconds % 60)}초",
        _ => $"{(int)(seconds / 3600)}시간 {(int)(seconds % 3600 / 60)}분",
    };

    /// <summary>A fixed number of decimals, with a true minus sign.</summary>
    public static string Fixed(double value, int digits)
    {
        var text = value.ToString("F" + digits, CultureInfo.InvariantCulture);
        return text[0] == '-' ? (text.AsSpan(1).ContainsAnyInRange('1', '9') ? Minus : "") + text[1..] : text;
    }

    private static string Signed(double value, int digits)
    {
        var text = Fixed(value, digits);
        return text.StartsWith(Minus, StringComparison.Ordinal) || !text.AsSpan().ContainsAnyInRange('1', '9') ? text : "+" + text;
    }
}
