using System.Globalization;
using System.Net;
using System.Text;

namespace Geobuk.Compute.Simulation;

/// <summary>What policies and pools gave, beside each other: as comma-separated values and as a picture.</summary>
public static class SimulationTable
{
    private const int RowHeight = 84, ChartHeight = 60, LabelWidth = 240, ChartWidth = 640;

    private static readonly (string Name, Func<SimulationResult, double?> Of)[] Numbers =
    [
        ("jobs", result => result.Jobs), ("average_wait_seconds", result => result.AverageWaitSeconds), ("p95_wait_seconds", result => result.P95WaitSeconds),
        ("average_completion_seconds", result => result.AverageCompletionSeconds), ("bounded_slowdown", result => result.BoundedSlowdown), ("utilization", result => result.Utilization),
        ("preemptions", result => result.Preemptions), ("lost_device_seconds", result => result.LostDeviceSeconds), ("left_out", result => result.LeftOut), ("cancelled", result => result.Cancelled),
        ("stopped", result => result.Stopped), ("unfinished", result => result.Unfinished), ("foretold_jobs", result => result.Forecast?.Jobs), ("foretold_coverage", result => result.Forecast?.Coverage),
    ];

    private static readonly (string Name, Func<TenantResult, double> Of)[] TenantNumbers =
    [
        ("jobs", tenant => tenant.Jobs), ("average_wait_seconds", tenant => tenant.AverageWaitSeconds), ("average_completion_seconds", tenant => tenant.AverageCompletionSeconds),
        ("bounded_slowdown", tenant => tenant.BoundedSlowdown), ("device_seconds", tenant => tenant.DeviceSeconds),
    ];

    /// <summary>Comma-separated values with a header: a line for each result, or for each of its tenants.</summary>
    public static string Csv(IReadOnlyList<SimulationResult> results, bool byTenant)
    {
        var text = new StringBuilder("pool,load,policy,").Append(byTenant ? "tenant," : "").AppendJoin(',', byTenant ? TenantNumbers.Select(number => number.Name) : Numbers.Select(number => number.Name)).Append('\n');
        foreach (var result in results)
        {
            string[] keys = [Quoted(result.Pool), Number(result.Load), result.Policy];
            if (!byTenant) text.AppendJoin(',', keys.Concat(Numbers.Select(number => Number(number.Of(result))))).Append('\n');
            else
                foreach (var tenant in result.Tenants)
                    text.AppendJoin(',', keys.Append(Quoted(tenant.Tenant)).Concat(TenantNumbers.Select(number => Number(number.Of(tenant))))).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>
    /// Devices over time as SVG, a row for each result and all on one axis: those there were as a line, those held as an area, and those that
    /// waiting jobs asked for on top of it, up to twice as many as there ever were.
    /// </summary>
    public static string Picture(IReadOnlyList<SimulationResult> results)
    {
        var seconds = Math.Max(1, results.Max(result => result.Use.Count == 0 ? 0 : result.Use[^1].From + result.Use[^1].Seconds));
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{LabelWidth + ChartWidth + 10}" height="{(results.Count * RowHeight) + 20}" font-family="sans-serif" font-size="12">"""));
        for (var i = 0; i < results.Count; i++)
        {
            var (result, top) = (results[i], i * RowHeight);
            text.Append(CultureInfo.InvariantCulture, $"""<text x="0" y="{top + 16}" font-weight="bold">{WebUtility.HtmlEncode($"{result.Policy} on {result.Pool}")}</text>""")
                .Append(CultureInfo.InvariantCulture, $"""<text x="0" y="{top + 34}">wait {result.AverageWaitSeconds:0} s, completion {result.AverageCompletionSeconds:0} s</text>""")
                .Append(CultureInfo.InvariantCulture, $"""<text x="0" y="{top + 52}">used {100 * result.Utilization:0.0} %, {result.Preemptions} preemptions</text>""");
            var most = Math.Max(1, result.Use.Count == 0 ? 1 : result.Use.Max(span => span.There));
            Area(text, "#dd9922", result.Use, span => Math.Min(2 * most, span.Held + span.Waiting), top, 2 * most, seconds, "devices that waiting jobs asked for");
            Area(text, "#22aa77", result.Use, span => span.Held, top, 2 * most, seconds, "devices held");
            text.Append("<path fill=\"none\" stroke=\"#333333\" d=\"").Append(Steps(result.Use, span => span.There, top, 2 * most, seconds)).Append("\"><title>devices there were</title></path>");
        }
        return text.Append(CultureInfo.InvariantCulture, $"""<text x="{LabelWidth}" y="{(results.Count * RowHeight) + 12}">0</text><text x="{LabelWidth + ChartWidth}" y="{(results.Count * RowHeight) + 12}" text-anchor="end">{seconds / 86400:0.##} days; line: there, green: held, yellow: waited for</text></svg>""").Append('\n').ToString();
    }

    private static void Area(StringBuilder text, string colour, IReadOnlyList<UsedSpan> use, Func<UsedSpan, double> of, int top, double most, double seconds, string title)
    {
        if (use.Count == 0) return;
        var (left, right, bottom) = (X(0, seconds), X(use[^1].From + use[^1].Seconds, seconds), top + ChartHeight);
        text.Append(CultureInfo.InvariantCulture, $"""<path fill="{colour}" d="M{left:0.#} {bottom} L""").Append(Steps(use, of, top, most, seconds).AsSpan(1)).Append(CultureInfo.InvariantCulture, $""" L{right:0.#} {bottom} Z"><title>{title}</title></path>""");
    }

    private static string Steps(IReadOnlyList<UsedSpan> use, Func<UsedSpan, double> of, int top, double most, double seconds) =>
        use.Count == 0 ? "" : "M" + string.Join(" L", use.Select(span => string.Create(CultureInfo.InvariantCulture, $"{X(span.From, seconds):0.#} {top + (ChartHeight * (1 - (of(span) / most))):0.#} L{X(span.From + span.Seconds, seconds):0.#} {top + (ChartHeight * (1 - (of(span) / most))):0.#}")));

    private static double X(double at, double seconds) => LabelWidth + (ChartWidth * at / seconds);

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\n") >= 0 ? '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"' : text;
}
