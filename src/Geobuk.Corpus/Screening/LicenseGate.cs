using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// The licence of a document, from what it states of itself. 저작권법 제7조: laws, rules, public notices and decisions are free; 제24조의2:
/// published works of the state. 공공누리 types 0 to 4; types 3 and 4 forbid changed works, so training waits for the AI type.
/// </summary>
public static partial class LicenseGate
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    /// <summary>The decision for <paramref name="document"/>; what is not recognised is unknown and not permitted.</summary>
    public static LicenseDecision Of(SourceDocument document)
    {
        if (document.License is { } license) return Stated(license);
        if (document.Law is not null || (document.Kind is { } kind && FreeKind().IsMatch(kind))) return new LicenseDecision("copyright_act_7", true, []);
        if (document.Origin is { } origin && Uri.TryCreate(origin, UriKind.Absolute, out var address) && UnitedStates().IsMatch(address.Host)) return new LicenseDecision("us_government_work", true, []);
        return Unknown;
    }

    private static LicenseDecision Unknown { get; } = new("unknown", false, []);

    private static LicenseDecision Stated(string license)
    {
        if (Kogl().Match(license) is { Success: true } kogl) return OfKogl(kogl.Groups["type"].Value[0], ArtificialIntelligence().IsMatch(license));
        if (Act7().IsMatch(license)) return new LicenseDecision("copyright_act_7", true, []);
        if (Act24().IsMatch(license)) return new LicenseDecision("copyright_act_24_2", true, ["attribution"]);
        if (UnitedStatesWork().IsMatch(license)) return new LicenseDecision("us_government_work", true, []);
        if (Open().Match(license) is { Success: true }) return OfOpen(license);
        return Permission().IsMatch(license) ? new LicenseDecision("permission", true, []) : Unknown;
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
        return new LicenseDecision("open_license", true, obligations);
    }

    [GeneratedRegex(@"^(?:헌법|법률|조약|.{0,12}령|.{0,16}규칙|조례|훈령|예규|고시|공고|지침|판결|결정|명령|심판)$", Options)]
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

    [GeneratedRegex(@"^(?:permission|서면\s*허락|이용\s*허락(?:\s*받음|서|\s*계약))", Options)]
    private static partial Regex Permission();
}
