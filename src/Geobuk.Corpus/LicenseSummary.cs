using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Selection;

namespace Geobuk.Corpus;

/// <summary>The documents of one source that are used on one basis.</summary>
/// <param name="Source">Folder or file that the user named.</param>
/// <param name="Basis">As in <see cref="LicenseDecision.Basis"/>.</param>
/// <param name="Reference">Which permission or open licence; null for other bases.</param>
/// <param name="Documents">How many.</param>
/// <param name="Obligations">What their use obliges to.</param>
public sealed record LicenseSummary(string Source, string Basis, string? Reference, int Documents, IReadOnlyList<string> Obligations)
{
    /// <summary>Counts the documents by source and basis, in ordinal order.</summary>
    public static IReadOnlyList<LicenseSummary> Of(IEnumerable<DocumentEntry> kept) =>
    [
        .. kept.GroupBy(entry => (entry.File.Source, entry.Origin.License.Basis, entry.Origin.License.Reference))
            .OrderBy(group => group.Key.Source, StringComparer.Ordinal).ThenBy(group => group.Key.Basis, StringComparer.Ordinal).ThenBy(group => group.Key.Reference, StringComparer.Ordinal)
            .Select(group => new LicenseSummary(group.Key.Source, group.Key.Basis, group.Key.Reference, group.Count(), group.First().Origin.License.Obligations)),
    ];

    /// <summary>Every obligation once.</summary>
    public static IReadOnlyList<string> ObligationsOf(IReadOnlyList<LicenseSummary> licenses) =>
        [.. licenses.SelectMany(license => license.Obligations).Distinct().Order(StringComparer.Ordinal)];
}
