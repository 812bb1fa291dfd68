using System.Diagnostics;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>Counts one phase and reports it at most ten times a second, and at its end.</summary>
internal sealed class ProgressPulse(IProgress<StepReport> progress, string phase, long total, string unit)
{
    private readonly long _interval = Stopwatch.Frequency / 10;
    private readonly Lock _lock = new();
    private long _done;
    private long _last;

    public void Advance()
    {
        lock (_lock)
        {
            _done++;
            var now = Stopwatch.GetTimestamp();
            if (_done < total && now - _last < _interval) return;
            _last = now;
            progress.Report(new StepReport(phase, _done, total, unit));
        }
    }
}
