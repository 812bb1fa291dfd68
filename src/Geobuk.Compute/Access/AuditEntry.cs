using System.Security.Cryptography;
using System.Text.Json;

namespace Geobuk.Compute.Access;

/// <summary>A change and who made it, or an attempt that was refused. Entries are only ever added; each carries the hash of the one before.</summary>
/// <param name="At">Seconds since 1970.</param>
/// <param name="Who">Name of the key.</param>
/// <param name="Action">What was done or refused.</param>
/// <param name="Subject">To what.</param>
/// <param name="Detail">Anything else.</param>
public sealed record AuditEntry(double At, string Who, string Action, string Subject, string Detail)
{
    /// <summary>Hash before the first entry.</summary>
    public const string Origin = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Place in the chain, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>Hash of the entry before.</summary>
    public string Previous { get; init; } = Origin;

    /// <summary>Hash of this entry: SHA-256 of its fields as an array in JSON, in hexadecimal digits.</summary>
    public string Hash { get; init; } = "";

    /// <summary>The entry in its place of the chain, after another.</summary>
    /// <param name="sequence">Its place, from 1.</param>
    /// <param name="previous">Hash of the entry before; <see cref="Origin"/> for the first.</param>
    public AuditEntry Chained(long sequence, string previous)
    {
        var placed = this with { Sequence = sequence, Previous = previous };
        return placed with { Hash = placed.Expected() };
    }

    /// <summary>The hash that follows from the content.</summary>
    public string Expected() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<object[]>([Sequence, At, Who, Action, Subject, Detail, Previous])));

    /// <summary>The first thing that is wrong with a chain, the oldest entry first; null where nothing is.</summary>
    public static string? Defect(IEnumerable<AuditEntry> chain)
    {
        var (previous, sequence) = (Origin, 0L);
        foreach (var entry in chain)
        {
            if (entry.Sequence != ++sequence) return $"entry {sequence} is missing";
            if (entry.Previous != previous || entry.Hash != entry.Expected()) return $"entry {sequence} was changed";
            previous = entry.Hash;
        }
        return null;
    }
}
