using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// The licence of a document, from what it states of itself. 저작권법 제7조: laws, rules, public notices and decisions are free; 제24조의2:
/// published works of the state. 공공누리 types 0 to 4; types 3 and 4 forbid changed works, so training waits for the AI type (2026-01-28).
/// An explicit permission for the source goes before all that its documents say; what a document says goes before the source's basis; what the
/// header of its file says can only narrow either.
/// </summary>
public static partial class LicenseGate
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    /// <summary>The decision for <paramref name="document"/>; what is not recognised is unknown and not permitted.</summary>
    /// <param name="document">The document.</param>
    /// <param name="basis">What the recipe says of its source, as <see cref="LicenseBasis.Pattern"/> has it; null where it says nothing.</param>
    public static LicenseDecision Of(SourceDocument document, string? basis = null)
    {
        var source = basis is null ? Unknown : OfBasis(basis);
        if (source.Basis == LicenseBasis.Permission) return source;
        var own = OfDocument(document);
        var decision = own.Basis == Unknown.Basis && document.License is null ? source : own;
        return document.LicenseMark is { } mark ? Marked(decision, mark) : decision;
    }

    /// <summary>The decision for what a recipe names as basis.</summary>
    public static LicenseDecision OfBasis(string basis)
    {
        if (Named().Match(basis) is { Success: true } named)
            return named.Groups["kind"].Value == LicenseBasis.Permission ? new LicenseDecision(LicenseBasis.Permission, true, []) { Reference = named.Groups["reference"].Value }
                : Open().IsMatch(named.Groups["reference"].Value) ? OfOpen(named.Groups["reference"].Value) : Unknown;
        if (basis.StartsWith("kogl_", StringComparison.Ordinal)) return OfKogl(basis[5], basis.EndsWith("_ai", StringComparison.Ordinal));
        return basis switch
        {
            LicenseBasis.CopyrightAct7 or LicenseBasis.UnitedStatesWork => new LicenseDecision(basis, true, []),
            LicenseBasis.CopyrightAct24 => new LicenseDecision(basis, true, ["attribution"]),
            _ => throw new ArgumentException($"'{basis}'; expected {LicenseBasis.PatternText}", nameof(basis)),
        };
    }

    // A mark names no type, so it permits nothing; what it forbids binds unless nobody owns the work, or the AI type lifts it.
    private static LicenseDecision Marked(LicenseDecision decision, LicenseMark mark)
    {
        if (decision.Basis is LicenseBasis.CopyrightAct7 or LicenseBasis.UnitedStatesWork || decision.Obligations.Contains("no_verbatim_output")) return decision;
        if (!decision.Permitted) return decision with { Reference = decision.Reference ?? mark.ToString() };
        if (mark.ForbidsCopies) return new LicenseDecision("restricted_license", false, ["attribution"]) { Reference = mark.ToString() };
        IEnumerable<string> marked = mark.IsShareAlike ? ["attribution", "share_alike"] : decision.Basis == "kogl_0" ? [] : ["attribution"];
        return decision with { Obligations = [.. decision.Obligations.Union(marked)] };
    }

    private static LicenseDecision OfDocument(SourceDocument document)
    {
        if (document.License is { } license) return Stated(license);
        if (Printed(document) is { } printed) return Stated(printed);
        if (document.Law is not null || (document.Kind is { } kind && FreeKind().IsMatch(kind))) return new LicenseDecision(LicenseBasis.CopyrightAct7, true, []);
        if (document.Origin is { } origin && Uri.TryCreate(origin, UriKind.Absolute, out var address) && UnitedStates().IsMatch(address.Host)) return new LicenseDecision(LicenseBasis.UnitedStatesWork, true, []);
        return Unknown;
    }

    // The line that every work under 공공누리 bears, where a document prints one type only: one that explains the types prints several.
    private static string? Printed(SourceDocument document)
    {
        if (!document.Text.Contains("공공누리", StringComparison.Ordinal)) return null;
        var types = PrintedKogl().Matches(document.Text).Select(match => match.Groups["type"].Value).Distinct().ToList();
        return types is [var type] ? $"KOGL-{type}{(PrintedKogl().Matches(document.Text).Any(match => ArtificialIntelligence().IsMatch(match.Groups["rest"].Value)) ? " AI" : "")}" : null;
    }

    private static LicenseDecision Unknown { get; } = new(LicenseDecision.Unknown, false, []);

    private static LicenseDecision Stated(string license)
    {
        if (Kogl().Match(license) is { Success: true } kogl) return OfKogl(kogl.Groups["type"].Value[0], ArtificialIntelligence().IsMatch(license));
        if (Act7().IsMatch(license)) return new LicenseDecision(LicenseBasis.CopyrightAct7, true, []);
        if (Act24().IsMatch(license)) return new LicenseDecision(LicenseBasis.CopyrightAct24, true, ["attribution"]);
        if (UnitedStatesWork().IsMatch(license)) return new LicenseDecision(LicenseBasis.UnitedStatesWork, true, []);
        if (Open().Match(license) is { Success: true }) return OfOpen(license);
        return Permission().Match(license) is { Success: true } permission ? new LicenseDecision(LicenseBasis.Permission, true, []) { Reference = permission.Groups["reference"].Value.Trim() } : Unknown;
    }

    private static LicenseDecision OfKogl(char type, bool ai)
    {
        if (ai) return new LicenseDecision($"kogl_{type}_ai", true, type == '0' ? ["no_resale", "no_verbatim_output"] : ["attribution", "no_resale", "no_verbatim_output"]);
        return type switch
        {
            '0' => new LicenseDecision("kogl_0", true, []),
            '1' => new LicenseDecision("kogl_1", true, ["attribution"]),
            '2' => new LicenseDecision("kogl_2", true, ["attribution", "non_commercial"]),
            _ => new LicenseDecision($"kogl_{type}", false, ["attribution"]),
        };
    }

    private static LicenseDecision OfOpen(string license)
    {
        if (NoDerivatives().IsMatch(license)) return new LicenseDecision("restricted_license", false, ["attribution"]);
        List<string> obligations = PublicDomain().IsMatch(license) ? [] : ["attribution"];
        if (NonCommercial().IsMatch(license)) obligations.Add("non_commercial");
        if (ShareAlike().IsMatch(license)) obligations.Add("share_alike");
        return new LicenseDecision(LicenseBasis.OpenLicense, true, obligations) { Reference = license };
    }

    [GeneratedRegex(@"^(?<kind>permission|open_license) \((?<reference>[^()]+)\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    [GeneratedRegex(@"(?:본|이)\s?(?:저작물|자료|문서|게시물|콘텐츠|간행물|보고서|책자)[^\n]{0,80}?공공누리[^0-9\n]{0,24}(?<type>[0-4])\s?유형(?=(?<rest>[^\n]{0,80}))", Options)]
    private static partial Regex PrintedKogl();

    // A private body has 규칙 and 규정 too: kinds count that only the state, a local government or a court gives.
    [GeneratedRegex(@"^(?:헌법|법률|조약|(?:대통령|총리|[가-힣]{2,12}부|[가-힣]{2,12}처|[가-힣]{2,12}원|칙|각)령|(?:대법원|헌법재판소|국회|감사원|중앙선거관리위원회|지방자치단체|교육)?\s?규칙|조례|훈령|예규|고시|공고|판결|결정|명령|심판)$", Options)]
    private static partial Regex FreeKind();

    [GeneratedRegex(@"\.(?:gov|mil)$", Options)]
    private static partial Regex UnitedStates();

    [GeneratedRegex(@"(?:KOGL|공공누리)[^0-9]{0,12}(?<type>[0-4])(?![0-9])", Options)]
    private static partial Regex Kogl();

    [GeneratedRegex(@"(?<![A-Z])AI(?![A-Z])|인공지능", Options)]
    private static partial Regex ArtificialIntelligence();

    [GeneratedRegex(@"저작권법\s*제?\s*7\s*조(?!의)", Options)]
    private static partial Regex Act7();

    [GeneratedRegex(@"저작권법\s*제?\s*24\s*조의\s*2", Options)]
    private static partial Regex Act24();

    [GeneratedRegex(@"17\s*U\.?S\.?C\.?\s*(?:§\s*)?105|U\.?S\.? Government work|us-gov", Options)]
    private static partial Regex UnitedStatesWork();

    [GeneratedRegex(@"^(?:MIT|Apache-?\s?2\.0|BSD|CC0|CC[- ]BY|Creative Commons|public domain)", Options)]
    private static partial Regex Open();

    [GeneratedRegex(@"CC0|public domain", Options)]
    private static partial Regex PublicDomain();

    [GeneratedRegex(@"(?<![A-Z])NC(?![A-Z])|NonCommercial", Options)]
    private static partial Regex NonCommercial();

    [GeneratedRegex(@"(?<![A-Z])ND(?![A-Z])|NoDerivatives", Options)]
    private static partial Regex NoDerivatives();

    [GeneratedRegex(@"(?<![A-Z])SA(?![A-Z])|ShareAlike", Options)]
    private static partial Regex ShareAlike();

    // Without a reference a permission is a claim.
    [GeneratedRegex(@"^(?:permission|서면\s*허락|이용\s*허락(?:\s*받음|서|\s*계약))[\s:：,(]*(?<reference>[^\s:：,()][^()]*)", Options)]
    private static partial Regex Permission();
}
