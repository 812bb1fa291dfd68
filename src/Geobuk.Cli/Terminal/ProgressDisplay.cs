using System.Diagnostics;
using Geobuk.Recipes;

namespace Geobuk.Cli.Terminal;

/// <summary>Shows the progress of one piece of work after another.</summary>
internal abstract class ProgressDisplay : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private RateMeter _meter = new();

    /// <summary>Takes a report of the work with this name; safe from any thread.</summary>
    public void Report(string work, StepReport report)
    {
        lock (_lock)
        {
            var fresh = _meter.Latest?.Phase != report.Phase;
            if (fresh) _meter = new RateMeter();
            _meter.Add(report, Stopwatch.GetElapsedTime(_started));
            Show(work, _meter, fresh);
        }
    }

    /// <summary>Writes a line that stays.</summary>
    public void Line(string text)
    {
        lock (_lock)
        {
            _meter = new RateMeter();
            ShowLine(text);
        }
    }

    /// <summary>Progress of one piece of work, for those who know nothing of displays.</summary>
    public IProgress<StepReport> Of(string work) => new Named(this, work);

    public virtual void Dispose() { }

    /// <param name="work">What is done.</param>
    /// <param name="meter">Its rate; the latest report is in it.</param>
    /// <param name="fresh">Whether the phase starts.</param>
    protected abstract void Show(string work, RateMeter meter, bool fresh);

    protected abstract void ShowLine(string text);

    private sealed class Named(ProgressDisplay display, string work) : IProgress<StepReport>
    {
        public void Report(StepReport value) => display.Report(work, value);
    }
}
