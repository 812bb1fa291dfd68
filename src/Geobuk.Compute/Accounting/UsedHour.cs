namespace Geobuk.Compute.Accounting;

/// <summary>What was given back within an hour, in device-seconds.</summary>
/// <param name="At">The hour's beginning, in seconds since 1970.</param>
/// <param name="Busy">Worked, and kept.</param>
/// <param name="Idle">Held without doing anything.</param>
/// <param name="Lost">Worked, and lost to preemption or failure.</param>
/// <param name="Checkpointing">Spent on saving and leaving.</param>
public sealed record UsedHour(double At, double Busy, double Idle, double Lost, double Checkpointing)
{
    /// <summary>One for each hour in which anything was given back, the oldest first.</summary>
    public static IReadOnlyList<UsedHour> Of(IEnumerable<LedgerEntry> entries) =>
    [
        .. entries.GroupBy(entry => Math.Floor(entry.At / 3600) * 3600).OrderBy(hour => hour.Key)
            .Select(hour => new UsedHour(hour.Key, hour.Sum(entry => entry.Busy), hour.Sum(entry => entry.Idle), hour.Sum(entry => entry.LostToPreemption + entry.LostToFailure), hour.Sum(entry => entry.Checkpointing))),
    ];
}
