using System.Globalization;
using System.Text;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Cards;

/// <summary>The card for people, in Korean, with the front matter that dataset hubs read.</summary>
internal static class ReadableCard
{
    public const string FileName = "README.md";

    public static string Of(CardFacts facts)
    {
        var report = facts.Report;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"---\nlanguage: [ko]\nlicense: other\npretty_name: {facts.Name}\n---\n\n# 말뭉치 {facts.Name}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"문서 {report.Documents:N0}건 가운데 {report.Kept:N0}건, 학습 토큰 {report.Tokens:N0}개. 격리 {report.Quarantined.Values.Sum():N0}건, 가린 곳 {report.Redactions.Values.Sum():N0}군데.\n\n");
        text.Append("## 출처와 이용 근거\n\n| 자료 | 근거 | 참조 | 문서 | 의무 |\n|---|---|---|---:|---|\n");
        foreach (var license in report.Licenses)
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(license.Source)} | {LicenseBasis.Korean(license.Basis)} | {Cell(license.Reference ?? "–")} | {license.Documents:N0} | {Obligations(license.Obligations)} |\n");
        text.Append(CultureInfo.InvariantCulture, $"\n## 지킬 것\n\n이 말뭉치와 이것으로 학습한 모델을 쓰는 사람은 다음을 지켜야 합니다.\n\n{List(report.Obligations.Select(LicenseBasis.KoreanObligation), "따로 없음")}\n");
        text.Append("\n## 뺀 것과 가린 것\n\n").Append(List(report.Dropped.Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Key}: {reason.Value:N0}건")), "뺀 문서 없음")).Append('\n');
        text.Append(List(report.Redactions.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key}: {kind.Value:N0}군데를 자리표시로 바꿈")), "가린 개인정보 없음")).Append('\n');
        text.Append("\n규칙으로 찾은 것만 가리거나 격리합니다. 규칙이 모르는 표지와 개인정보는 남아 있을 수 있습니다.\n");
        text.Append("\n## 파일\n\n| 파일 | 바이트 | SHA-256 |\n|---|---:|---|\n");
        foreach (var file in facts.Files) text.Append(CultureInfo.InvariantCulture, $"| {file.Name} | {file.Bytes:N0} | `{file.Sha256}` |\n");
        text.Append(CultureInfo.InvariantCulture, $"\n문서마다의 출처·변환·해시는 `lineage.jsonl`에 있고, 그 줄들의 머클 루트(RFC 6962)는 `{report.MerkleRoot}`입니다. `geobuk corpus verify`가 확인합니다.\n");
        text.Append(CultureInfo.InvariantCulture, $"\n{facts.Tool}, {facts.CreatedText}\n");
        return text.ToString();
    }

    internal static string Obligations(IReadOnlyList<string> obligations) =>
        obligations.Count == 0 ? "없음" : string.Join(", ", obligations.Select(LicenseBasis.KoreanObligation));

    private static string List(IEnumerable<string> lines, string none) => lines.ToList() is { Count: > 0 } list ? string.Join('\n', list.Select(line => $"- {line}")) : $"- {none}";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
