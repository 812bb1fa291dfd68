using System.Diagnostics;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>Sends progress as lines, at most ten a second, but never leaves out the first and last of a phase.</summary>
internal sealed class StepMessageWriter(TextWriter writer) : IProgress<StepReport>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private string? _phase;
    private long _last;

    /// <summary>Whether the last report said that work is being saved.</summary>
    public bool IsSaving { get; private set; }

    public void Report(StepReport value)
    {
        lock (_lock)
        {
            var due = value.Warning is not null || value.Phase != _phase || value.Done == value.Total || Stopwatch.GetElapsedTime(_last) >= Interval;
            IsSaving = value.IsSaving;
            if (!due) return;
            (_phase, _last) = (value.Phase, Stopwatch.GetTimestamp());
            Write(new StepMessage { Report = value });
        }
    }

    /// <summary>Says why the step ends.</summary>
    public void Fail(IReadOnlyList<string> problems)
    {
        lock (_lock) Write(new StepMessage { Problems = problems });
    }

    private void Write(StepMessage message)
    {
        try
        {
            writer.WriteLine(message.ToLine());
            writer.Flush();
        }
        catch (IOException)
        {
            // Nobody reads any more: the run is gone, and the end of standard input stops this process.
        }
    }
}
