using System.Xml.Linq;
using Geobuk.Recipes;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>What the model was trained on: documents kept and dropped, tokens by set.</summary>
internal static class CorpusSection
{
    public static XElement? Build(ReportData data)
    {
        if (data.Corpus is not { } corpus) return null;
        return Tag("section", Attribute("id", "corpus"),
            Tag("h2", "무엇으로 학습했나"),
            corpus.Sources.Count == 0 ? null : Sources(corpus.Sources),
            Tag("div", Class("columns"),
                Tag("div",
                    Tag("h3", "문서"),
                    Tag("table", Class("plain"), Tag("tbody", Documents(corpus)))),
                Tag("div",
                    Tag("h3", "토큰"),
                    Tag("table", Class("plain"), Tag("tbody", Tokens(corpus, data.Curve))))),
            corpus.Obligations.Count == 0 ? null : Tag("p", Class("note"), $"이 자료와 이것으로 학습한 모델에 따라가는 의무: {string.Join(", ", corpus.Obligations.Select(LicenseBasis.KoreanObligation))}."),
            corpus.Notes.Select(note => Tag("p", Class("note"), note)));
    }

    private static XElement Sources(IReadOnlyList<CorpusSource> sources) => Tag("div", Class("scroll"), Tag("table", Class("topics"),
        Tag("thead", Row("th", "자료", "구분", "문서", "쓴 문서")),
        Tag("tbody", sources.Select(source => Tag("tr",
            Tag("th", Attribute("scope", "row"), source.Name),
            Tag("td", source.Kind switch { "domain" => "도메인", "general" => "일반", var other => other }),
            Tag("td", NumberText.Whole(source.Documents)),
            Tag("td", NumberText.Whole(source.Kept)))))));

    private static IEnumerable<XElement> Documents(CorpusFigures corpus)
    {
        if (corpus.Documents is { } documents) yield return Figure("읽은 문서", NumberText.Whole(documents), null, "");
        if (corpus.Kept is { } kept) yield return Figure("쓴 문서", NumberText.Whole(kept), Share(kept, corpus.Documents), "strong");
        foreach (var (reason, count) in corpus.Dropped)
            yield return Figure($"{(corpus.Quarantined.Contains(reason) ? "격리" : "뺀")} 문서: {KoreanReasons.Of(reason)}", NumberText.Whole(count), Share(count, corpus.Documents), "sub");
    }

    private static IEnumerable<XElement> Tokens(CorpusFigures corpus, TrainingCurve? curve)
    {
        foreach (var set in corpus.Sets) yield return Figure(Set(set.Name), NumberText.Whole(set.Tokens), $"{NumberText.Whole(set.Documents)}건", "");
        if (corpus.ReplayShare is { } replay) yield return Figure("학습 토큰 중 일반 문서(replay)", NumberText.Percent(replay), null, "sub");
        if (curve is not { Tokens: > 0 }) yield break;
        yield return Figure("학습이 본 토큰(모든 epoch)", NumberText.Whole(curve.Tokens), null, "strong");
        if (curve.Seconds > 0) yield return Figure("학습 속도", NumberText.Speed(curve.Tokens / curve.Seconds), null, "sub");
    }

    private static XElement Figure(string name, string value, string? share, string css) =>
        Tag("tr", Class(css), Tag("th", Attribute("scope", "row"), name), Tag("td", value), Tag("td", Class("share"), share ?? ""));

    private static string? Share(long part, long? whole) => whole is > 0 ? NumberText.Percent((double)part / whole.Value) : null;

    private static string Set(string set) => set switch
    {
        "train.domain" => "학습 · 도메인",
        "train.general" => "학습 · 일반",
        "validation.domain" => "검증 · 도메인",
        "validation.general" => "검증 · 일반",
        _ => set,
    };
}
