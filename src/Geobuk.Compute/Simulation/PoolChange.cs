using System.Globalization;
using Geobuk.Models;

namespace Geobuk.Compute.Simulation;

/// <summary>What a trace is replayed on from a time on, unannounced.</summary>
/// <param name="At">Seconds since 1970 where <paramref name="IsCalendar"/>, else since the trace began.</param>
/// <param name="IsCalendar">Whether the time is one of the calendar.</param>
/// <param name="Pool">The pools from then on.</param>
public sealed record PoolChange(double At, bool IsCalendar, SimulatedPool Pool)
{
    private static readonly string[] Times = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];

    /// <summary>A time in words.</summary>
    /// <param name="text">A day or a time (UTC) as 2026-11-30 or 2026-11-30T09:00, or days, hours, minutes or seconds since the trace began as +3d, +12h, +90m or +600s.</param>
    /// <param name="place">Where it stands, for the message.</param>
    /// <exception cref="UserInputException">It is none.</exception>
    public static (double At, bool IsCalendar) Time(string text, string place)
    {
        if (DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return ((time - DateTimeOffset.UnixEpoch).TotalSeconds, true);
        if (text is ['+', .. var number, var unit] && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count < 1e6
            && unit switch { 'd' => 86400.0, 'h' => 3600, 'm' => 60, 's' => 1, _ => 0 } is > 0 and var seconds) return (count * seconds, false);
        throw new UserInputException($"{place}: {text} is no time; expected a day or time (UTC) such as 2026-11-30 or 2026-11-30T09:00, or +3d, +12h, +90m, +600s after the trace began.");
    }
}
