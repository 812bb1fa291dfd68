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

    /// <summary>What can be cut by.</summary>
    public static IReadOnlyList<string> Cuts { get; } = ["tenant", "organisation", "project", "pool", "job", "day", "month"];

    /// <summary>The rows, by their keys.</summary>
    /// <param name="entries">The ledger.</param>
    /// <param name="cuts">Some of <see cref="Cuts"/>.</param>
    public static IReadOnlyList<UsageRow> Of(IEnumerable<LedgerEntry> entries, IReadOnlyList<string> cuts) =>
        [.. entries.GroupBy(entry => string.Join('\n', cuts.Select(cut => KeyOf(entry, cut)))).OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => new UsageRow(group.Key.Split('\n'), [group.Sum(entry => entry.Allocated), .. Parts.Select(part => group.Sum(part.Of)), group.Sum(entry => entry.Won)]))];

    /// <summary>Comma-separated values with a header.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="cuts">What they are cut by.</param>
    public static string Csv(IEnumerable<UsageRow> rows, IReadOnlyList<string> cuts)
    {
        var text = new StringBuilder().AppendJoin(',', cuts.Concat(Columns)).Append('\n');
        foreach (var row in rows)
            text.AppendJoin(',', row.Keys.Select(Quoted).Concat(row.Numbers.Select(number => number.ToString("0.###", CultureInfo.InvariantCulture)))).Append('\n');
        return text.ToString();
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\n") >= 0 ? '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"' : text;

    private static string KeyOf(LedgerEntry entry, string cut) => cut switch
    {
        "organisation" => Within(entry.Tenant, 1),
        "project" => Within(entry.Tenant, 2),
        "pool" => entry.Pool,
        "job" => entry.Job.ToString(CultureInfo.InvariantCulture),
        "day" => DateTimeOffset.FromUnixTimeSeconds((long)entry.At).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "month" => DateTimeOffset.FromUnixTimeSeconds((long)entry.At).ToString("yyyy-MM", CultureInfo.InvariantCulture),
        _ => entry.Tenant,
    };

    private static string Within(string tenant, int levels) => string.Join('/', tenant.Split('/').Take(levels));

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
