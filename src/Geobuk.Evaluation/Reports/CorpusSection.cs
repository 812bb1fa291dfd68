using System.Xml.Linq;
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
            Tag("div", Class("columns"),
                Tag("div",
                    Tag("h3", "문서"),
                    Tag("table", Class("plain"), Tag("tbody", Documents(corpus)))),
                Tag("div",
                    Tag("h3", "토큰"),
                    Tag("table", Class("plain"), Tag("tbody", Tokens(corpus, data.Curve))))));
    }

    private static IEnumerable<XElement> Documents(CorpusFigures corpus)
    {
        if (corpus.Documents is { } documents) yield return Figure("읽은 문서", NumberText.Whole(documents), null, "");
        if (corpus.Kept is { } kept) yield return Figure("쓴 문서", NumberText.Whole(kept), Share(kept, corpus.Documents), "strong");
        if (corpus.Duplicates is { } duplicates) yield return Figure("중복이라 뺀 문서", NumberText.Whole(duplicates), Share(duplicates, corpus.Documents), "sub");
        foreach (var (reason, count) in corpus.Dropped.Where(d => d.Value > 0 && !d.Key.Contains("duplicate", StringComparison.Ordinal)))
            yield return Figure($"뺀 문서: {Reason(reason)}", NumberText.Whole(count), Share(count, corpus.Documents), "sub");
        if (corpus.ReplayShare is { } replay) yield return Figure("일반 문서 재생 비율(replay)", NumberText.Percent(replay), null, "");
    }

    private static IEnumerable<XElement> Tokens(CorpusFigures corpus, TrainingCurve? curve)
    {
        foreach (var (set, count) in corpus.Tokens) yield return Figure(Set(set), NumberText.Whole(count), null, "");
        if (curve is { Tokens: > 0 })
        {
            yield return Figure("학습이 본 토큰", NumberText.Whole(curve.Tokens), null, "strong");
            if (curve.Seconds > 0) yield return Figure("학습 속도", NumberText.Speed(curve.Tokens / curve.Seconds), null, "sub");
        }
    }

    private static XElement Figure(string name, string value, string? share, string css) =>
        Tag("tr", Class(css), Tag("th", Attribute("scope", "row"), name), Tag("td", value), Tag("td", Class("share"), share ?? ""));

    private static string? Share(long part, long? whole) => whole is > 0 ? NumberText.Percent((double)part / whole.Value) : null;

    private static string Reason(string reason) => reason switch
    {
        "too_short" or "short" => "너무 짧음",
        "empty" => "빈 문서",
        "not_utf8" or "encoding" => "UTF-8이 아님",
        "duplicate" => "중복",
        "limit" or "max_documents" => "문서 수 상한",
        _ => reason,
    };

    private static string Set(string set) => set.Replace('_', '.') switch
    {
        "train.domain" => "학습 · 도메인",
        "train.general" => "학습 · 일반",
        "validation.domain" => "검증 · 도메인",
        "validation.general" => "검증 · 일반",
        "total" => "모두",
        _ => set,
    };
}
