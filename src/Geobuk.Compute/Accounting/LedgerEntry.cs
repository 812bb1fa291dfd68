using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Geobuk.Compute.Accounting;

/// <summary>
/// What one attempt of a job held, in device-seconds: allocated is busy, idle, lost to preemption, lost to failure and
/// checkpointing together, each second once. Entries are only ever added; each carries the hash of the one before.
/// </summary>
public sealed record LedgerEntry
{
    /// <summary>Hash before the first entry.</summary>
    public const string Origin = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Place in the chain, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>When the devices were given back, in seconds since 1970.</summary>
    public required double At { get; init; }

    /// <summary>When they were given out, in seconds since 1970; null in entries of earlier versions, whose hash has no word of it.</summary>
    public double? Began { get; init; }

    /// <summary>The job.</summary>
    public required long Job { get; init; }

    /// <summary>Its attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>Who pays.</summary>
    public required string Tenant { get; init; }

    /// <summary>The pool.</summary>
    public required string Pool { get; init; }

    /// <summary>All of it.</summary>
    public double Allocated { get; init; }

    /// <summary>Worked, and kept.</summary>
    public double Busy { get; init; }

    /// <summary>Held without doing anything.</summary>
    public double Idle { get; init; }

    /// <summary>Worked, and lost because the job had to leave.</summary>
    public double LostToPreemption { get; init; }

    /// <summary>Worked, and lost because the job, its node or its pool failed.</summary>
    public double LostToFailure { get; init; }

    /// <summary>Spent on saving and leaving.</summary>
    public double Checkpointing { get; init; }

    /// <summary>Cost in won.</summary>
    public double Won { get; init; }

    /// <summary>Hash of the entry before.</summary>
    public string Previous { get; init; } = Origin;

    /// <summary>Hash of this entry.</summary>
    public string Hash { get; init; } = "";

    /// <summary>The entry in its place of the chain, after another.</summary>
    /// <param name="sequence">Its place, from 1.</param>
    /// <param name="previous">Hash of the entry before; <see cref="Origin"/> for the first.</param>
    public LedgerEntry Chained(long sequence, string previous)
    {
        var placed = this with { Sequence = sequence, Previous = previous };
        return placed with { Hash = placed.Expected() };
    }

    /// <summary>The hash that follows from the content.</summary>
    public string Expected()
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{Sequence}|{At:R}|{Job}|{Attempt}|{Tenant}|{Pool}|{Allocated:R}|{Busy:R}|{Idle:R}|{LostToPreemption:R}|{LostToFailure:R}|{Checkpointing:R}|{Won:R}|{Previous}{(Began is { } began ? string.Create(CultureInfo.InvariantCulture, $"|{began:R}") : "")}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The first thing that is wrong with a chain; null where nothing is.</summary>
    public static string? Defect(IEnumerable<LedgerEntry> chain)
    {
        var (previous, sequence) = (Origin, 0L);
        var seen = new HashSet<(long, int)>();
        foreach (var entry in chain)
        {
            if (entry.Sequence != ++sequence) return $"entry {sequence} is missing";
            if (entry.Previous != previous || entry.Hash != entry.Expected()) return $"entry {sequence} was changed";
            if (!seen.Add((entry.Job, entry.Attempt))) return $"entry {sequence} counts attempt {entry.Attempt} of job {entry.Job} again";
            var parts = entry.Busy + entry.Idle + entry.LostToPreemption + entry.LostToFailure + entry.Checkpointing;
            if (Math.Abs(parts - entry.Allocated) > 1e-6 * Math.Max(1, entry.Allocated)) return $"entry {sequence} allots {parts} of {entry.Allocated} device-seconds";
            previous = entry.Hash;
        }
        return null;
    }
}
