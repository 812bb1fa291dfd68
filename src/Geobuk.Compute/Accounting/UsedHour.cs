namespace Geobuk.Compute.Accounting;

/// <summary>What was held within an hour, in device-seconds. What became of a start's seconds counts alike in all the time that it held devices.</summary>
/// <param name="At">The hour's beginning, in seconds since 1970.</param>
/// <param name="Busy">Worked, and kept.</param>
/// <param name="Idle">Held without doing anything.</param>
/// <param name="Lost">Worked, and lost to preemption or failure.</param>
/// <param name="Checkpointing">Spent on saving and leaving.</param>
/// <param name="Running">Held by starts that have not ended: the ledger will say what became of it.</param>
public sealed record UsedHour(double At, double Busy, double Idle, double Lost, double Checkpointing, double Running)
{
    private const double Seconds = 3600;

    /// <summary>One for each hour in which anything was held, the oldest first.</summary>
    /// <param name="hours">How many hours, the one that has begun counted.</param>
    /// <param name="now">The time, in seconds since 1970.</param>
    /// <param name="entries">What was given back in these hours, each with its beginning.</param>
    /// <param name="running">Devices that are held, and since when.</param>
    public static IReadOnlyList<UsedHour> Of(int hours, double now, IEnumerable<LedgerEntry> entries, IEnumerable<(int Devices, double Since)> running)
    {
        var used = new SortedDictionary<double, UsedHour>();
        void Spread(double from, double to, Func<UsedHour, double, UsedHour> add)
        {
            for (var hour = Math.Max(First(hours, now), Beginning(from)); hour < to; hour += Seconds)
                used[hour] = add(used.GetValueOrDefault(hour) ?? new UsedHour(hour, 0, 0, 0, 0, 0), (Math.Min(to, hour + Seconds) - Math.Max(from, hour)) / (to - from));
        }
        foreach (var entry in entries)
            Spread(entry.Began!.Value, entry.At, (hour, part) => hour with
            {
                Busy = hour.Busy + (part * entry.Busy),
                Idle = hour.Idle + (part * entry.Idle),
                Lost = hour.Lost + (part * (entry.LostToPreemption + entry.LostToFailure)),
                Checkpointing = hour.Checkpointing + (part * entry.Checkpointing),
            });
        foreach (var (devices, since) in running) Spread(since, now, (hour, part) => hour with { Running = hour.Running + (part * devices * (now - since)) });
        return [.. used.Values];
    }

    /// <summary>Where the first of the last hours begins, the one that has begun counted.</summary>
    public static double First(int hours, double now) => Beginning(now) - ((hours - 1) * Seconds);

    private static double Beginning(double time) => Math.Floor(time / Seconds) * Seconds;
}
