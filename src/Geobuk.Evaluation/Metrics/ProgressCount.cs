using System.Diagnostics;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Metrics;

/// <summary>Counts finished units from many threads and reports them some times a second.</summary>
internal sealed class ProgressCount(IProgress<StepReport> progress, string phase, long total, string unit)
{
    private const long IntervalMilliseconds = 200;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _done;
    private long _lastReport = -IntervalMilliseconds;

    public void Add(long units)
    {
        var done = Interlocked.Add(ref _done, units);
        var now = _clock.ElapsedMilliseconds;
        var last = Interlocked.Read(ref _lastReport);
        if (done < total && (now - last < IntervalMilliseconds || Interlocked.CompareExchange(ref _lastReport, now, last) != last)) return;
        progress.Report(new StepReport(phase, done, total, unit));
    }
}
