using System.Globalization;
using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>
/// The page that a person signs a release on: one file, no script, no outside request (a content security policy
/// forbids them), legible in light, dark and print.
/// </summary>
internal static class HtmlReport
{
    public static string Render(ReportData data) => PageFrame.Render($"{data.Inputs.RunName} – Geobuk 보고서",
        Header(data),
        Judgement(data),
        Comparison(data),
        Signatures(),
        Picture(data),
        Curves(data),
        MergeSection.Build(data),
        CorpusSection.Build(data),
        ExamSection.Build(data),
        Light(data),
        LineageSection.Build(data),
        ReproductionSection.Build(data));

    private static XElement Header(ReportData data) => Tag("header",
        Tag("p", Class("eyebrow"), "모델 적응 · 경량화 보고서"),
        Tag("h1", data.Inputs.RunName),
        Tag("p", Class("headline"), HeadlineText.Of(data)),
        Tag("p", Class("meta"),
            Tag("span", $"작성 {data.Inputs.Created.ToString("yyyy-MM-dd HH:mm K", CultureInfo.InvariantCulture)}"),
            Tag("span", $"Geobuk {data.Inputs.ToolVersion}"),
            Tag("span", $"모든 단계 {NumberText.Duration(data.Seconds)}"),
            Tag("span", "레시피 ", Tag("code", data.Inputs.RecipeHash[..Math.Min(12, data.Inputs.RecipeHash.Length)]))));

    private static XElement? Judgement(ReportData data) => VerdictCards.Build(data) is { } cards
        ? Tag("section", Attribute("id", "verdict"), Tag("h2", "판정"), cards,
            Tag("p", Class("note"), $"판정은 95 % 신뢰구간으로 내립니다. 경량화의 허용 손실은 시험 {NumberText.Points(-Verdicts.ExamMargin)}, 일반 능력의 허용 악화는 {NumberText.Change(1 + Verdicts.ForgettingMargin)}입니다. 배포 여부는 승인하는 사람이 정합니다."))
        : null;

    private static XElement? Comparison(ReportData data) => data.Evaluation is null
        ? null
        : Tag("section", Attribute("id", "comparison"), Tag("h2", "비교"), ComparisonTable.Build(data));

    private static XElement? Picture(ReportData data) => data.Evaluation is { } evaluation && TradeOffChart.Draw(evaluation) is { } chart
        ? Tag("section", Attribute("id", "picture"), Tag("h2", "품질 · 크기 · 속도"),
            Tag("p", Class("note"), "왼쪽 위로 갈수록 작고 좋은 모델입니다. 원의 넓이는 생성 속도에 비례합니다."), chart)
        : null;

    private static XElement? Curves(ReportData data) => data.Curve is { } curve
        ? Tag("section", Attribute("id", "curves"), Tag("h2", "학습 곡선"),
            Tag("p", Class("note"), "도메인 검증 손실은 배운 것을, 일반 검증 손실은 잊은 것을 보입니다. 학습 손실의 굵은 선은 이동 평균입니다."),
            LossChart.Draw(curve), Exam(curve))
        : null;

    private static XElement? Exam(TrainingCurve curve) => curve.Exam.Count == 0
        ? null
        : Tag("table", Class("plain"),
            Tag("thead", Row("th", "학습 단계", "시험 정답률", "기반 대비", "95 % 구간", "문항")),
            Tag("tbody", curve.Exam.Select(point => Tag("tr",
                Tag("th", Attribute("scope", "row"), NumberText.Whole(point.Step)),
                Tag("td", NumberText.Percent(point.Score)),
                Tag("td", point.Change?.Change is { } change ? NumberText.Points(change) : "–"),
                Tag("td", point.Change is { Low: { } low, High: { } high } ? $"{NumberText.Points(low)} ~ {NumberText.Points(high)}" : "–"),
                Tag("td", point.Change is { } pairs ? NumberText.Whole(pairs.Documents) : "–")))));

    private static XElement? Light(ReportData data)
    {
        if (data.Compression is not { BytesByType.Count: > 0 } compression) return null;
        double total = compression.BytesByType.Sum(type => type.Value);
        return Tag("section", Attribute("id", "light"),
            Tag("h2", "경량 모델의 구성"),
            compression.BitsPerWeight is { } bits ? Tag("p", $"가중치당 평균 {NumberText.Fixed(bits, 2)} 비트입니다.") : null,
            Tag("table", Class("plain narrow"), Tag("tbody", compression.BytesByType.Select(type => Tag("tr",
                Tag("th", Attribute("scope", "row"), type.Key), Tag("td", NumberText.Bytes(type.Value)), Tag("td", Class("share"), NumberText.Percent(type.Value / total)))))));
    }

    private static XElement Signatures() => Tag("section", Attribute("id", "signatures"), Class("signatures"),
        new[] { "작성", "검토", "승인" }.Select(role => Tag("div",
            Tag("span", role), Tag("span", Class("line")), Tag("small", "이름 · 날짜 · 서명"))));
}
