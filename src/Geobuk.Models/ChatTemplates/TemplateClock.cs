using System.Globalization;
using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>
/// strftime_now of chat templates: a moment that the caller names, not a clock, written by the codes of C's strftime in the C locale
/// (ISO C, 7.27.3.5, and glibc's "-" for no padding).
/// </summary>
internal static class TemplateClock
{
    // What a code may become at most: "September".
    private const int LongestField = 9;

    /// <summary>The function for a moment.</summary>
    public static TemplateFunction At(DateTime now) => (context, line, arguments) =>
    {
        var format = Methods.Text(context, line, arguments, 0, "format");
        context.Charge(line, format.Length * (long)LongestField);
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            var bare = i + 1 < format.Length && format[i + 1] == '-';
            i += bare ? 2 : 1;
            var code = i < format.Length ? format[i] : '\0';
            var field = Field(now, code) ?? throw context.Fail(line, $"strftime_now is given %{(bare ? "-" : "")}{(code == '\0' ? "" : code)}", "one of %Y %y %m %B %b %d %e %j %A %a %H %I %M %S %p %F %T %D %R %%");
            text.Append(bare ? Bare(field) : field);
        }
        return text.ToString();
    };

    private static string? Field(DateTime now, char code) => code switch
    {
        'Y' => Text(now, "yyyy"),
        'y' => Text(now, "yy"),
        'm' => Text(now, "MM"),
        'B' => Text(now, "MMMM"),
        'b' or 'h' => Text(now, "MMM"),
        'd' => Text(now, "dd"),
        'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'A' => Text(now, "dddd"),
        'a' => Text(now, "ddd"),
        'H' => Text(now, "HH"),
        'I' => Text(now, "hh"),
        'M' => Text(now, "mm"),
        'S' => Text(now, "ss"),
        'p' => Text(now, "tt"),
        'F' => Text(now, "yyyy-MM-dd"),
        'T' => Text(now, "HH:mm:ss"),
        'D' => Text(now, "MM/dd/yy"),
        'R' => Text(now, "HH:mm"),
        '%' => "%",
        _ => null,
    };

    private static string Text(DateTime now, string format) => now.ToString(format, CultureInfo.InvariantCulture);

    private static string Bare(string field)
    {
        var trimmed = field.TrimStart('0', ' ');
        return trimmed.Length > 0 ? trimmed : "0";
    }
}
