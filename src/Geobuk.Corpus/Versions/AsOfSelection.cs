using System.Globalization;
using Geobuk.Corpus.Selection;

namespace Geobuk.Corpus.Versions;

/// <summary>
/// Which documents stood on a day. Of the versions of one law (same 법령ID) the one with the latest day of entry into force not after it, of
/// two with the same day the one promulgated later; none where that one repeals the law. Other documents by the day they were published.
/// </summary>
internal sealed class AsOfSelection
{
    private AsOfSelection()
    {
    }

    /// <summary>What does not stand, with reason and detail.</summary>
    public Dictionary<DocumentEntry, (string Reason, string Detail)> Dropped { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Documents that state no date; they stay.</summary>
    public int Undated { get; private set; }

    /// <summary>Judges <paramref name="entries"/> as of <paramref name="day"/>.</summary>
    public static AsOfSelection Of(IReadOnlyList<DocumentEntry> entries, DateOnly day)
    {
        var selection = new AsOfSelection();
        foreach (var entry in entries) selection.JudgeAlone(entry, day);
        foreach (var law in entries.Where(entry => entry.Law?.LawId is not null && !selection.Dropped.ContainsKey(entry)).GroupBy(entry => entry.Law!.LawId!))
            selection.JudgeVersions([.. law]);
        return selection;
    }

    private void JudgeAlone(DocumentEntry entry, DateOnly day)
    {
        if (Start(entry) is not { } start) Undated++;
        else if (start > day) Dropped[entry] = (DropReason.NotYetInForce, $"{start:yyyy-MM-dd} is after {day:yyyy-MM-dd}");
    }

    private void JudgeVersions(List<DocumentEntry> versions)
    {
        var inForce = versions.MaxBy(Order)!;
        foreach (var version in versions)
        {
            // An exact copy of the version in force is a duplicate, not an older version.
            if (Order(version) == Order(inForce)) continue;
            Dropped[version] = (DropReason.Superseded, $"by {inForce.Id}, in force {Start(inForce):yyyy-MM-dd}");
        }
        if (inForce.Law!.Revision?.EndsWith("폐지", StringComparison.Ordinal) != true) return;
        foreach (var version in versions.Where(version => !Dropped.ContainsKey(version))) Dropped[version] = (DropReason.Repealed, $"{inForce.Law.Revision} on {Start(inForce):yyyy-MM-dd}");
    }

    private static DateOnly? Start(DocumentEntry entry) => entry.Dates?.Effective ?? entry.Dates?.Promulgated;

    private static (DateOnly, DateOnly, long) Order(DocumentEntry entry) => (
        Start(entry) ?? DateOnly.MinValue,
        entry.Dates?.Promulgated ?? DateOnly.MinValue,
        long.TryParse(entry.Law?.VersionId, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
}
