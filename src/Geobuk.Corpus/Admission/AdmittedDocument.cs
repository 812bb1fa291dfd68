using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Admission;

/// <summary>A document, and whether it may be trained on.</summary>
/// <param name="Document">As it was read.</param>
/// <param name="Screened">What screening found; its text is masked where <paramref name="Reason"/> is null.</param>
/// <param name="License">On what basis it may be used, and what that obliges to.</param>
/// <param name="Reason">Why it is quarantined; null where it is not.</param>
public sealed record AdmittedDocument(SourceDocument Document, ScreenedDocument Screened, LicenseDecision License, string? Reason)
{
    /// <summary>What decided a quarantine; never the personal data itself.</summary>
    public string Detail { get; init; } = "";
    /// <summary>Names a quarantined item for decisions on it.</summary>
    public string? Item { get; init; }
    /// <summary>Decisions that had a part in it: releases, or the one that keeps it.</summary>
    public IReadOnlyList<ReviewDecision> Decisions { get; init; } = [];

    /// <summary>The text that may be trained on.</summary>
    public string Text => Screened.Text;
}
