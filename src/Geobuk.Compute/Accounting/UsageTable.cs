using System.Globalization;
using System.Net;
using System.Text;

namespace Geobuk.Compute.Accounting;

/// <summary>Sums of ledger entries by a cut, in device-seconds, as a table, as CSV and as a picture.</summary>
public static class UsageTable
{
    private const int BarHeight = 22, LabelWidth = 180, BarWidth = 480;

    private static readonly (string Name, string Colour, Func<LedgerEntry, double> Of)[] Parts =
    [
        ("busy", "#22aa77", entry => entry.Busy), ("idle", "#bbbbbb", entry => entry.Idle), ("lost_to_preemption", "#dd9922", entry => entry.LostToPreemption),
        ("lost_to_failure", "#aa3333", entry => entry.LostToFailure), ("checkpointing", "#4477cc", entry => entry.Checkpointing),
    ];

    /// <summary>Names of the numbers of a row.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["allocated", .. Parts.Select(part => part.Name), "won"];

    /// <summary>The rows, by key.</summary>
    /// <param name="entries">The ledger.</param>
    /// <param name="cut">tenant, pool, job or day.</param>
    public static IReadOnlyList<UsageRow> Of(IEnumerable<LedgerEntry> entries, string cut) =>
        [.. entries.GroupBy(entry => cut switch
        {
            "pool" => entry.Pool,
            "job" => entry.Job.ToString(CultureInfo.InvariantCulture),
            "day" => DateTimeOffset.FromUnixTimeSeconds((long)entry.At).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ => entry.Tenant,
        }).OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => new UsageRow(group.Key, [group.Sum(entry => entry.Allocated), .. Parts.Select(part => group.Sum(part.Of)), group.Sum(entry => entry.Won)]))];

    /// <summary>Comma-separated values with a header.</summary>
    public static string Csv(IEnumerable<UsageRow> rows)
    {
        var text = new StringBuilder("key," + string.Join(',', Columns) + "\n");
        foreach (var row in rows)
            text.Append(row.Key.AsSpan().IndexOfAny(",\"\n") >= 0 ? '"' + row.Key.Replace("\"", "\"\"", StringComparison.Ordinal) + '"' : row.Key).Append(',')
                .AppendJoin(',', row.Numbers.Select(number => number.ToString("0.###", CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }

    /// <summary>A bar for each row, as SVG.</summary>
    public static string Picture(IReadOnlyList<UsageRow> rows)
    {
        var most = rows.Count == 0 ? 1 : Math.Max(1e-9, rows.Max(row => row.Numbers[0]));
        var text = new StringBuilder($"""<svg xmlns="http://www.w3.org/2000/svg" width="{LabelWidth + BarWidth + 10}" height="{(rows.Count + 1) * BarHeight}" font-family="sans-serif" font-size="12">""");
        for (var i = 0; i < rows.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"""<text x="0" y="{(i * BarHeight) + 15}">{WebUtility.HtmlEncode(rows[i].Key)}</text>""");
            double x = LabelWidth;
            for (var part = 0; part < Parts.Length; part++)
            {
                var width = BarWidth * rows[i].Numbers[part + 1] / most;
                text.Append(CultureInfo.InvariantCulture, $"""<rect x="{x:0.##}" y="{(i * BarHeight) + 3}" width="{width:0.##}" height="{BarHeight - 6}" fill="{Parts[part].Colour}"><title>{Parts[part].Name} {rows[i].Numbers[part + 1]:0.#}</title></rect>""");
                x += width;
            }
        }
        return text.Append("</svg>\n").ToString();
    }
}
