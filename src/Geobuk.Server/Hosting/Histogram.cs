using System.Globalization;
using System.Text;

namespace Geobuk.Server.Hosting;

/// <summary>Counts of values below limits, as Prometheus wants them.</summary>
internal sealed class Histogram(params double[] limits)
{
    private readonly long[] _counts = new long[limits.Length + 1];
    private double _sum;

    /// <summary>Limits for seconds from a thousandth to minutes.</summary>
    public static Histogram OfSeconds() => new(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640);

    /// <summary>Limits for numbers of tokens.</summary>
    public static Histogram OfTokens() => new(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000);

    /// <summary>One that was counted elsewhere: how many lie below 1, 2, 4 and so on, and last all above, with their sum.</summary>
    public static Histogram OfPowers(IReadOnlyList<long> counts, double sum)
    {
        var histogram = new Histogram([.. Enumerable.Range(0, counts.Count - 1).Select(i => (double)(1L << i))]) { _sum = sum };
        for (var i = 0; i < counts.Count; i++) histogram._counts[i] = counts[i];
        return histogram;
    }

    /// <summary>Adds a value.</summary>
    public void Add(double value)
    {
        var i = 0;
        while (i < limits.Length && value > limits[i]) i++;
        _counts[i]++;
        _sum += value;
    }

    /// <summary>Writes it under a name with labels such as <c>model_name="x"</c>.</summary>
    public void Render(StringBuilder text, string name, string help, string labels)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(" histogram\n");
        var total = 0L;
        for (var i = 0; i < limits.Length; i++) Line($"_bucket{{{labels},le=\"{limits[i].ToString(CultureInfo.InvariantCulture)}\"}}", total += _counts[i]);
        Line($"_bucket{{{labels},le=\"+Inf\"}}", total += _counts[^1]);
        Line($"_sum{{{labels}}}", _sum);
        Line($"_count{{{labels}}}", total);

        void Line(string suffix, double value) => text.Append(name).Append(suffix).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
