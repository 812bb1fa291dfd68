namespace Geobuk.Server.Hosting;

/// <summary>Counts of values below limits, as Prometheus wants them. The limits are vLLM's, which dashboards name.</summary>
internal sealed class Histogram(params double[] limits)
{
    private readonly long[] _counts = new long[limits.Length + 1];
    private double _sum;

    /// <summary>Limits for seconds to the first token.</summary>
    public static Histogram OfFirstTokens() => new(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560);

    /// <summary>Limits for seconds between tokens.</summary>
    public static Histogram OfGaps() => new(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80);

    /// <summary>Limits for seconds of a whole request or of a part of it.</summary>
    public static Histogram OfRequests() => new(0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680);

    /// <summary>Limits for numbers of tokens.</summary>
    public static Histogram OfTokens() => new(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000);

    /// <summary>Limits for seconds of an HTTP request, as vLLM's web server counts them.</summary>
    public static Histogram OfAnswers() => new(0.1, 0.5, 1);

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
    public void Render(MetricsText text, string name, string help, string labels)
    {
        var lines = text.Family(name, "histogram", help);
        var total = 0L;
        for (var i = 0; i < limits.Length; i++) MetricsText.Line(lines, $"{name}_bucket", $"{labels},le=\"{MetricsText.Limit(limits[i])}\"", total += _counts[i]);
        MetricsText.Line(lines, $"{name}_bucket", $"{labels},le=\"+Inf\"", total += _counts[^1]);
        MetricsText.Line(lines, $"{name}_sum", labels, _sum);
        MetricsText.Line(lines, $"{name}_count", labels, total);
    }
}
