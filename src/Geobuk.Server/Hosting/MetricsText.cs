using System.Globalization;
using System.Text;

namespace Geobuk.Server.Hosting;

/// <summary>
/// Metrics in Prometheus' text form (exposition format 0.0.4): a name stands once, with its help and type, and under it the lines of all
/// models, in whatever order they are added.
/// </summary>
internal sealed class MetricsText
{
    private readonly OrderedDictionary<string, StringBuilder> _families = [];

    /// <summary>A label, as in <c>model_name="x"</c>.</summary>
    public static string Label(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    /// <summary>A limit of a histogram as Prometheus' own clients write it: dashboards choose buckets by this text.</summary>
    public static string Limit(double value) => value.ToString("0.0################", CultureInfo.InvariantCulture);

    /// <summary>Adds what only grows.</summary>
    public void Counter(string name, string help, double value, string labels = "") => Line(Family(name, "counter", help), name, labels, value);

    /// <summary>Adds what goes up and down.</summary>
    public void Gauge(string name, string help, double value, string labels = "") => Line(Family(name, "gauge", help), name, labels, value);

    /// <summary>The lines of a name of one of the other types, to add to.</summary>
    public StringBuilder Family(string name, string kind, string help)
    {
        if (!_families.TryGetValue(name, out var lines))
            _families.Add(name, lines = new StringBuilder().Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n'));
        return lines;
    }

    /// <summary>Adds a line to a family's.</summary>
    public static void Line(StringBuilder lines, string name, string labels, double value)
    {
        lines.Append(name);
        if (labels.Length > 0) lines.Append('{').Append(labels).Append('}');
        lines.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>All of it.</summary>
    public override string ToString() => string.Concat(_families.Values);
}
