using System.Xml.Linq;
using Geobuk.Evaluation.Statistics;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>base | adapted | light with intervals, differences and verdicts.</summary>
internal static class ComparisonTable
{
    public static XElement Build(ReportData data)
    {
        var models = data.Evaluation!.Models;
        var pairs = data.Evaluation.Differences;
        return Tag("div", Class("scroll"), Tag("table", Class("comparison"),
            Tag("thead", Row("th", [Heading("지표"), .. models.Select(m => Model(m.Name)), .. pairs.Select(Pair)])),
            Tag("tbody", Rows(data, models, pairs))));
    }

    private static IEnumerable<XElement?> Rows(ReportData data, IReadOnlyList<ModelResult> models, IReadOnlyList<ModelDifference> pairs)
    {
        yield return Line("시험 점수", $"높을수록 좋음 · {models.Max(m => m.Exam?.N)}문항, 95 % 구간", models, pairs,
            m => m.Exam is { } exam ? Stacked(NumberText.Percent(exam.Score), $"{NumberText.Percent(exam.Low)} ~ {NumberText.Percent(exam.High)}") : null,
            d => d.Exam is { } exam ? Judged(NumberText.Points(exam.Value), $"{NumberText.Points(exam.Low)} ~ {NumberText.Points(exam.High)}", ExamVerdict(d, exam)) : null);
        yield return Line("도메인 퍼플렉시티", "낮을수록 좋음", models, pairs,
            m => m.DomainPerplexity is { } value ? Stacked(NumberText.Figure(value)) : null,
            d => d.DomainRatio is { } ratio ? Judged(NumberText.Change(ratio.Value), Range(ratio), IsCompression(d) ? Verdicts.Preserved(ratio) : Verdicts.Learnt(ratio)) : null);
        yield return Line("일반 퍼플렉시티", "낮을수록 좋음 · 망각", models, pairs,
            m => m.GeneralPerplexity is { } value ? Stacked(NumberText.Figure(value)) : null,
            d => d.GeneralRatio is { } ratio ? Judged(NumberText.Change(ratio.Value), Range(ratio), IsCompression(d) ? Verdicts.Preserved(ratio) : Verdicts.Kept(ratio)) : null);
        yield return Line("도메인 비트/바이트", "토크나이저와 무관", models, pairs,
            m => m.BitsPerByte is { } value ? Stacked(NumberText.Fixed(value, 3)) : null, Ratio(pairs, models, m => m.BitsPerByte));
        yield return Line("일반 비트/바이트", "낮을수록 좋음", models, pairs,
            m => m.GeneralBitsPerByte is { } value ? Stacked(NumberText.Fixed(value, 3)) : null, Ratio(pairs, models, m => m.GeneralBitsPerByte));
        yield return Line("파일 크기", "가중치만", models, pairs,
            m => Stacked(NumberText.Bytes(m.Bytes), $"가중치당 {NumberText.Fixed(m.Bytes * 8.0 / m.Parameters, 2)}비트"), Ratio(pairs, models, m => m.Bytes));
        yield return Line("매개변수", null, models, pairs, m => Stacked(NumberText.Count(m.Parameters)), _ => null);
        yield return Line("불러오기", "낮을수록 좋음", models, pairs, m => Stacked(NumberText.Duration(m.LoadSeconds)), _ => null);
        yield return Line("프리필 속도", "높을수록 좋음", models, pairs, m => Stacked(NumberText.Speed(m.PrefillTps)), Ratio(pairs, models, m => m.PrefillTps));
        yield return Line("생성 속도", "높을수록 좋음", models, pairs, m => Stacked(NumberText.Speed(m.DecodeTps)), Ratio(pairs, models, m => m.DecodeTps));
        if (data.Evaluation!.Kld is { } kld) yield return Divergence(kld, models, pairs.Count);
    }

    private static XElement? Line(
        string name, string? note, IReadOnlyList<ModelResult> models, IReadOnlyList<ModelDifference> pairs,
        Func<ModelResult, object?> value, Func<ModelDifference, object?> difference)
    {
        if (models.All(model => value(model) is null)) return null;
        return Tag("tr",
            Tag("th", Attribute("scope", "row"), name, note is null ? null : Tag("small", note)),
            models.Select(model => Tag("td", value(model) ?? "–")),
            pairs.Select(pair => Tag("td", Class("difference"), difference(pair) ?? "–")));
    }

    private static XElement Divergence(DivergenceResult kld, IReadOnlyList<ModelResult> models, int pairs) => Tag("tr",
        Tag("th", Attribute("scope", "row"), "KL 발산", Tag("small", $"평균(nats) · {NumberText.Whole(kld.Tokens)}토큰")),
        models.Select(model => Tag("td", model.Name == kld.To
            ? Stacked(NumberText.Fixed(kld.Mean, 4), $"중앙값 {NumberText.Fixed(kld.Median, 4)}", $"99 % {NumberText.Fixed(kld.P99, 4)}") : "–")),
        Enumerable.Range(0, pairs).Select(i => Tag("td", Class("difference"), i == pairs - 1
            ? Stacked(NumberText.Percent(kld.SameTop), "1순위 토큰 일치") : "–")));

    private static Func<ModelDifference, object?> Ratio(IReadOnlyList<ModelDifference> pairs, IReadOnlyList<ModelResult> models, Func<ModelResult, double?> value) => pair =>
        pairs.Count > 0 && value(models.First(m => m.Name == pair.From)) is { } from and > 0 && value(models.First(m => m.Name == pair.To)) is { } to
            ? Stacked(NumberText.Change(to / from)) : null;

    private static bool IsCompression(ModelDifference difference) => difference.To == "light";

    private static Verdict ExamVerdict(ModelDifference difference, DifferenceInterval exam) =>
        IsCompression(difference) ? Verdicts.ExamKept(exam) : Verdicts.ExamGain(exam);

    private static string Range(DifferenceInterval ratio) => $"{NumberText.Change(ratio.Low)} ~ {NumberText.Change(ratio.High)}";

    private static object[] Stacked(string main, params string[] small) =>
        [Tag("span", Class("figure"), main), .. small.Select(line => Tag("small", line))];

    private static object[] Judged(string main, string range, Verdict verdict) =>
        [Tag("span", Class("figure"), main), Tag("small", range), Tag("span", Class("word " + Tone(verdict)), verdict.Word)];

    internal static string Tone(Verdict verdict) => verdict.Tone switch
    {
        VerdictTone.Good => "good",
        VerdictTone.Bad => "bad",
        _ => "open",
    };

    private static XElement Heading(string text) => Tag("th", Attribute("scope", "col"), text);

    private static XElement Model(string name) =>
        Tag("th", Attribute("scope", "col"), Tag("span", Class($"key k-{name}")), ModelNames.Korean(name), Tag("small", name));

    private static XElement Pair(ModelDifference pair) =>
        Tag("th", Attribute("scope", "col"), Class("difference"), "차이", Tag("small", $"{pair.From} → {pair.To}"));
}
