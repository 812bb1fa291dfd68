using System.Diagnostics;

namespace Geobuk.Cli.Terminal;

/// <summary>Progress as lines, for logs and pipes: the start and the end of a phase, and one line every few seconds.</summary>
internal sealed class PlainProgress(TextWriter writer) : ProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long _last = Stopwatch.GetTimestamp();

    protected override void Show(string work, RateMeter meter, bool fresh)
    {
        var report = meter.Latest!;
        if (!fresh && report.Done != report.Total && Stopwatch.GetElapsedTime(_last) < Interval) return;
        _last = Stopwatch.GetTimestamp();
        writer.WriteLine($"{work}: {report.Phase}  {meter.Describe()}".TrimEnd());
    }

    protected override void ShowLine(string text) => writer.WriteLine(text);
}
