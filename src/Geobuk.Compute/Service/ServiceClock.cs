using System.Globalization;
using Geobuk.Compute.Access;
using Geobuk.Compute.Jobs;

namespace Geobuk.Compute.Service;

/// <summary>
/// The service's time: the machine's clock when it began, and from then on what truly passed, so that a clock that is set changes no
/// account. Across a restart it goes on the same way while anything runs (the machine's counter since its start is kept with the
/// time); with nothing to account for, or on another machine, the clock counts anew, but never goes back behind what was written down.
/// </summary>
internal sealed class ServiceClock
{
    /// <summary>Clocks are corrected by less than this every day.</summary>
    private const double Remarkable = 60;

    private readonly TimeProvider _time;
    private readonly double _opened;
    private readonly long _openedAt;

    /// <param name="time">The machine's clock and counter.</param>
    /// <param name="store">What was written down; it gets where this begins.</param>
    public ServiceClock(TimeProvider time, ComputeStore store)
    {
        _time = time;
        _openedAt = time.GetTimestamp();
        var clock = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        var boot = Boot();
        var passed = store.Anchor() is { } anchor && anchor.Boot == boot && anchor.Timestamp <= _openedAt && store.Open().Any(job => job.Phase is JobPhase.Running or JobPhase.Leaving)
            ? anchor.Time + time.GetElapsedTime(anchor.Timestamp, _openedAt).TotalSeconds
            : clock;
        _opened = Math.Max(passed, store.LatestTime());
        if (boot is not null) store.Save(new ClockAnchor(boot, _openedAt, _opened));
        if (Math.Abs(clock - _opened) > Remarkable)
            store.Audit(new AuditEntry(_opened, "geobuk", "clock", Environment.MachineName, string.Create(CultureInfo.InvariantCulture, $"it was set by {clock - _opened:+0;-0} s; accounts go on by the time that passed")));
    }

    /// <summary>Seconds since 1970.</summary>
    public double Now => _opened + _time.GetElapsedTime(_openedAt).TotalSeconds;

    /// <summary>Names this start of this machine; null where the system does not.</summary>
    private static string? Boot()
    {
        const string linux = "/proc/sys/kernel/random/boot_id";
        return File.Exists(linux) ? File.ReadAllText(linux).Trim() : null;
    }
}
