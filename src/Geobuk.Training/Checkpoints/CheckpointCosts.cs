using System.Diagnostics;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Training.Checkpoints;

/// <summary>Tells a compute service, where one runs this training, what asking it to leave would cost.</summary>
/// <param name="file">Where to write it; null where nobody wants to know.</param>
internal sealed class CheckpointCosts(string? file)
{
    private const double Fresh = 0.1;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    // What was saved, and what that took, holds for the attempt that goes on from it.
    private CheckpointReport _report = Before(file) is { } before ? new CheckpointReport { SavedAt = before.SavedAt, CheckpointSeconds = before.CheckpointSeconds } : new CheckpointReport();
    private long? _toldAt;

    /// <summary>A step was taken.</summary>
    public void Stepped(double seconds)
    {
        _report = _report with { StepSeconds = _report.StepSeconds is { } mean ? mean + (Fresh * (seconds - mean)) : seconds, StartSeconds = _report.StartSeconds ?? SinceStart() - seconds };
        if (_toldAt is not { } at || Stopwatch.GetElapsedTime(at) > Between) Tell();
    }

    /// <summary>A checkpoint was written.</summary>
    public void Saved(double seconds)
    {
        _report = _report with { SavedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0, CheckpointSeconds = seconds };
        Tell();
    }

    private static CheckpointReport? Before(string? file)
    {
        try
        {
            return file is not null && File.Exists(file) ? CheckpointReport.Read(File.ReadAllText(file)) : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or UserInputException)
        {
            return null;
        }
    }

    private static double SinceStart()
    {
        using var self = Process.GetCurrentProcess();
        return (DateTime.Now - self.StartTime).TotalSeconds;
    }

    private void Tell()
    {
        _toldAt = Stopwatch.GetTimestamp();
        if (file is null) return;
        try
        {
            _report.Write(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // No training ends for want of a report.
        }
    }
}
