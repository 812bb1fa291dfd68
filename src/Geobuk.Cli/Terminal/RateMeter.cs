using System.Globalization;
using Geobuk.Recipes;

namespace Geobuk.Cli.Terminal;

/// <summary>Rate and time left of one phase, from its latest reports.</summary>
internal sealed class RateMeter
{
    // Long enough to smooth a validation pause, short enough to follow a change of speed.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    private readonly Queue<(TimeSpan Time, long Done)> _samples = new();

    /// <summary>Takes a report at a time counted from any fixed moment.</summary>
    public void Add(StepReport report, TimeSpan time)
    {
        _samples.Enqueue((time, report.Done));
        while (_samples.Count > 2 && time - _samples.Peek().Time > Window) _samples.Dequeue();
        Latest = report;
        var (first, done) = _samples.Peek();
        var seconds = (time - first).TotalSeconds;
        PerSecond = seconds > 0.05 && report.Done > done ? (report.Done - done) / seconds : null;
    }

    /// <summary>The last report.</summary>
    public StepReport? Latest { get; private set; }

    /// <summary>Units a second; null before two reports.</summary>
    public double? PerSecond { get; private set; }

    /// <summary>Time to the end of the phase; null where the total or the rate is unknown.</summary>
    public TimeSpan? Left => Latest?.Total is { } total && PerSecond is { } rate && rate > 0
        ? TimeSpan.FromSeconds(Math.Min((total - Latest.Done) / rate, 3.0e8)) : null;

    /// <summary>"120/400 steps  12.3 steps/s  23 s left  loss 2.31", as far as known.</summary>
    public string Describe()
    {
        if (Latest is not { } report) return "";
        var parts = new List<string>();
        if (report.Unit.Length > 0) parts.Add(report.Total is { } total ? $"{Count(report.Done)}/{Count(total)} {report.Unit}" : $"{Count(report.Done)} {report.Unit}");
        if (PerSecond is { } rate && report.Unit.Length > 0) parts.Add($"{Figure(rate)} {report.Unit}/s");
        if (Left is { } left && report.Done < report.Total) parts.Add($"{Duration(left)} left");
        foreach (var (name, value) in report.Figures ?? new Dictionary<string, double>()) parts.Add($"{name.Replace('_', ' ')} {Figure(value)}");
        return string.Join("  ", parts);
    }

    /// <summary>A duration in words: "8 s", "3 min 20 s", "2 h 5 min".</summary>
    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => $"{time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
        < 60 => $"{time.TotalSeconds:0} s",
        < 3600 => $"{(int)time.TotalMinutes} min {time.Seconds} s",
        _ => $"{(long)time.TotalHours} h {time.Minutes} min",
    };

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Figure(double value) => Math.Abs(value) switch
    {
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 0.1 or 0 => value.ToString("0.##", CultureInfo.InvariantCulture),
        >= 0.001 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##E0", CultureInfo.InvariantCulture),
    };
}
