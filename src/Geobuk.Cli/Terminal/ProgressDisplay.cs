using System.Diagnostics;
using Geobuk.Recipes;

namespace Geobuk.Cli.Terminal;

/// <summary>Shows the progress of one piece of work after another.</summary>
internal abstract class ProgressDisplay : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    // A phase may pause for another, as training does to save; its rate goes on where it was.
    private readonly Dictionary<(string Work, string Phase), RateMeter> _meters = [];

    /// <summary>Takes a report of the work with this name; safe from any thread.</summary>
    public void Report(string work, StepReport report)
    {
        lock (_lock)
        {
            var fresh = !_meters.TryGetValue((work, report.Phase), out var meter);
            if (meter is null) _meters.Add((work, report.Phase), meter = new RateMeter());
            meter.Add(report, Stopwatch.GetElapsedTime(_started));
            if (report.Warning is { } warning) ShowLine($"{work}: warning: {warning}");
            Show(work, meter, fresh);
        }
    }

    /// <summary>Writes a line that stays.</summary>
    public void Line(string text)
    {
        lock (_lock)
        {
            _meters.Clear();
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
