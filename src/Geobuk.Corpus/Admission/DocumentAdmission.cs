using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Admission;

/// <summary>
/// The one door into a corpus: security markings and personal data, then the licence, each unless a reviewer released exactly
/// this. Whoever trains anything on documents, a tokenizer included, takes their text from here.
/// </summary>
public sealed class DocumentAdmission
{
    private readonly Dictionary<string, string> _bases = new(StringComparer.Ordinal);
    private readonly ReviewDecisions _decisions;

    /// <summary>Takes the bases and decisions of <paramref name="config"/>.</summary>
    /// <exception cref="UserInputException">The file of decisions is damaged.</exception>
    public DocumentAdmission(CorpusConfig config)
    {
        _decisions = ReviewDecisions.Load(config.Decisions);
        foreach (var source in config.Domain) Remember(source, LicenseBasis.Domain);
        foreach (var source in config.General) Remember(source, LicenseBasis.General);

        void Remember(string source, string group)
        {
            if (config.Licenses.TryGetValue(source, out var basis) || config.Licenses.TryGetValue(group, out basis)) _bases.TryAdd(source, basis);
        }
    }

    /// <summary>Looks at a document.</summary>
    public AdmittedDocument Of(SourceDocument document)
    {
        var screened = DocumentScreen.Of(document, ScreeningPolicy.Default);
        var license = LicenseGate.Of(document, _bases.GetValueOrDefault(document.Source));
        var releases = new List<ReviewDecision>();
        if (screened.Reason is { } found)
        {
            if (Hold(found, DocumentScreen.Detail(screened)) is { } held) return held;
            screened = DocumentScreen.Masked(document, screened.Findings);
        }
        if (!license.Permitted)
        {
            var reason = license.Basis == LicenseDecision.Unknown ? LicenseDecision.ReasonUnknown : LicenseDecision.ReasonForbids;
            if (Hold(reason, (document.License ?? license.Reference) is { } stated ? $"{license.Basis}: {stated}" : license.Basis) is { } held) return held;
            license = new LicenseDecision(LicenseBasis.Permission, true, license.Obligations) { Reference = $"decision of {releases[^1].By}: {releases[^1].Because}" };
        }
        return new AdmittedDocument(document, screened, license, null) { Decisions = releases };

        AdmittedDocument? Hold(string reason, string detail)
        {
            var item = ReviewItem.Of(reason, document.Text, screened.Findings);
            var decision = _decisions.On(item);
            if (decision is not { Decision: ReviewDecision.Release })
                return new AdmittedDocument(document, screened, license, reason) { Detail = detail, Item = item, Decisions = decision is null ? [] : [decision] };
            releases.Add(decision);
            return null;
        }
    }
}
