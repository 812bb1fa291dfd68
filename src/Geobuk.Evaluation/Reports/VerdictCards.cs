using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>The four questions that a release is signed on.</summary>
internal static class VerdictCards
{
    public static XElement? Build(ReportData data)
    {
        var cards = Cards(data).ToList();
        return cards.Count == 0 ? null : Tag("div", Class("cards"), cards);
    }

    private static IEnumerable<XElement> Cards(ReportData data)
    {
        var learning = data.Difference("base", "adapted");
        var compression = data.Evaluation?.Differences.FirstOrDefault(difference => difference.To == "light");
        if (learning?.Exam is { } gain)
            yield return Card("업무 지식", NumberText.Points(gain.Value), "시험 점수, 기준 → 적응", Verdicts.ExamGain(gain));
        else if (learning?.DomainRatio is { } domain)
            yield return Card("업무 지식", NumberText.Change(domain.Value), "도메인 퍼플렉시티, 기준 → 적응", Verdicts.Learnt(domain));
        if (learning?.GeneralRatio is { } general)
            yield return Card("일반 능력", NumberText.Change(general.Value), "일반 퍼플렉시티, 기준 → 적응", Verdicts.Kept(general));
        if (compression?.Exam is { } loss)
            yield return Card("경량화 손실", NumberText.Points(loss.Value), $"시험 점수, {Short(compression.From)} → 경량", Verdicts.ExamKept(loss));
        else if (compression?.DomainRatio is { } preserved)
            yield return Card("경량화 손실", NumberText.Change(preserved.Value), $"도메인 퍼플렉시티, {Short(compression.From)} → 경량", Verdicts.Preserved(preserved));
        if (compression is not null && data.Model(compression.From) is { } heavy && data.Model("light") is { } light)
            yield return Card("크기와 속도", NumberText.Percent((double)light.Bytes / heavy.Bytes, 0), $"파일 크기, {Short(compression.From)} 대비", Size(heavy, light));
    }

    private static Verdict Size(ModelResult heavy, ModelResult light)
    {
        var faster = heavy.DecodeTps > 0 ? light.DecodeTps / heavy.DecodeTps : 1;
        return new Verdict(light.Bytes < heavy.Bytes ? VerdictTone.Good : VerdictTone.Bad,
            light.Bytes < heavy.Bytes ? "작아짐" : "작아지지 않음",
            $"{NumberText.Bytes(heavy.Bytes)} → {NumberText.Bytes(light.Bytes)}. 생성 속도는 {NumberText.Fixed(faster, 2)}배입니다.");
    }

    private static XElement Card(string question, string figure, string what, Verdict verdict) =>
        Tag("div", Class("card " + ComparisonTable.Tone(verdict)),
            Tag("div", Class("card-head"), Tag("span", Class("question"), question), Tag("span", Class("word " + ComparisonTable.Tone(verdict)), verdict.Word)),
            Tag("div", Class("big"), figure),
            Tag("div", Class("what"), what),
            Tag("div", Class("reason"), verdict.Reason));

    private static string Short(string name) => ModelNames.Korean(name).Replace(" 모델", "", StringComparison.Ordinal);
}
