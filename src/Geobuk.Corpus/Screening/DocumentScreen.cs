using System.Text;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Screening;

/// <summary>Screens a document for security markings and personal data. Deterministic: no clock, no machine takes part.</summary>
public static class DocumentScreen
{
    private const int DetailShown = 60;

    /// <summary>Everything found and what follows from it under <paramref name="policy"/>.</summary>
    public static ScreenedDocument Of(SourceDocument document, ScreeningPolicy policy)
    {
        var markings = MarkingDetector.Find(document);
        var personal = PersonalDataDetector.Find(document.Text);
        List<Finding> findings = [.. markings, .. personal];
        if (Reason(markings, personal, policy) is { } reason) return new ScreenedDocument(ScreeningVerdict.Quarantined, reason, findings, document.Text);
        if (personal.Count == 0) return new ScreenedDocument(ScreeningVerdict.Clean, null, findings, document.Text);
        return Masked(document, findings);
    }

    /// <summary>The document after a reviewer has released it: what is personal in it is masked all the same.</summary>
    public static ScreenedDocument Masked(SourceDocument document, IReadOnlyList<Finding> findings)
    {
        var personal = findings.Where(finding => FindingKind.Personal.Contains(finding.Kind)).ToList();
        if (personal.Count == 0) return new ScreenedDocument(ScreeningVerdict.Clean, null, findings, document.Text);
        return new ScreenedDocument(ScreeningVerdict.Redacted, null, findings, Mask(document.Text, personal))
        {
            Redactions = personal.GroupBy(finding => finding.Kind).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
        };
    }

    /// <summary>What decided a quarantine, for a report: the marking, or how many of which kind; never the personal data itself.</summary>
    public static string Detail(ScreenedDocument screened)
    {
        var decisive = screened.Findings.Where(finding => finding.Kind == screened.Reason).ToList();
        if (screened.Reason != FindingKind.SecurityMarking) return $"{decisive.Count} found";
        var marking = decisive[0].Detail.ReplaceLineEndings(" ");
        return $"{(marking.Length > DetailShown ? marking[..DetailShown] : marking)} at {decisive[0].Start}";
    }

    private static string? Reason(List<Finding> markings, List<Finding> personal, ScreeningPolicy policy)
    {
        if (markings.Count > 0) return FindingKind.SecurityMarking;
        if (personal.Find(finding => policy.Quarantined.Contains(finding.Kind)) is { } named) return named.Kind;
        var people = personal.Count(finding => finding.Kind is FindingKind.ResidentNumber or FindingKind.ForeignerNumber);
        return people >= policy.RegisterOfPeople ? personal.First(finding => finding.Kind is FindingKind.ResidentNumber or FindingKind.ForeignerNumber).Kind : null;
    }

    private static string Mask(string text, List<Finding> personal)
    {
        var masked = new StringBuilder(text.Length);
        var end = 0;
        foreach (var finding in personal)
        {
            masked.Append(text, end, finding.Start - end).Append(FindingKind.Placeholder(finding.Kind));
            end = finding.Start + finding.Length;
        }
        return masked.Append(text, end, text.Length - end).ToString();
    }
}
