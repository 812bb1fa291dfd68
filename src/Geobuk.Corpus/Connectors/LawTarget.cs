namespace Geobuk.Corpus.Connectors;

/// <summary>One kind of law at law.go.kr: how its lists and texts are named.</summary>
/// <param name="Name">The service's target.</param>
/// <param name="ListRoot">Root of a list.</param>
/// <param name="IdKey">What stays the same through all versions.</param>
/// <param name="VersionKey">What names one version.</param>
/// <param name="StatusKey">Says whether the version holds.</param>
/// <param name="TextKey">Parameter by which a text is asked for: by its version in both cases, whatever it is called.</param>
/// <param name="TextRoot">Root of a text.</param>
internal sealed record LawTarget(string Name, string ListRoot, string IdKey, string VersionKey, string StatusKey, string TextKey, string TextRoot)
{
    /// <summary>법령.</summary>
    public static LawTarget Law { get; } = new("law", "LawSearch", "법령ID", "법령일련번호", "현행연혁코드", "MST", "법령");

    /// <summary>행정규칙.</summary>
    public static LawTarget AdministrativeRule { get; } = new("admrul", "AdmRulSearch", "행정규칙ID", "행정규칙일련번호", "현행연혁구분", "ID", "AdmRulService");
}
