using System.Xml.Linq;
using Geobuk.Evaluation.Statistics;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>The exam by topic, and the questions whose outcome changed.</summary>
internal static class ExamSection
{
    private const int MostFlips = 40;

    public static XElement? Build(ReportData data)
    {
        if (data.Evaluation is not { } evaluation || evaluation.Models.All(model => model.Exam is null)) return null;
        return Tag("section", Attribute("id", "exam"),
            Tag("h2", "시험"),
            Contamination(evaluation.Models),
            Topics(evaluation.Models),
            evaluation.Differences.Where(difference => difference.Test is not null).Select(Flips));
    }

    // A question that stands in the training text asks for memory as much as for knowledge.
    private static object[]? Contamination(IReadOnlyList<ModelResult> models)
    {
        if (models.FirstOrDefault(model => model.Exam?.Dirty is not null)?.Exam is not { } exam) return null;
        return
        [
            Tag("p", Class("note"), $"학습한 글과 글자 창이 겹치는 문항 {exam.Dirty!.N}개, 겹치지 않는 문항 {exam.Clean!.N}개를 따로 채점했습니다. 문항별 기록은 contamination.jsonl에 있습니다."),
            Tag("div", Class("scroll"), Tag("table", Class("topics"),
                Tag("thead", Row("th", ["문항", "수", .. models.Select(model => ModelNames.Korean(model.Name))])),
                Tag("tbody", Part("겹치지 않음", models, score => score.Clean), Part("겹침", models, score => score.Dirty)))),
        ];
    }

    private static XElement Part(string name, IReadOnlyList<ModelResult> models, Func<ExamScore, ScoreInterval?> part) => Tag("tr",
        Tag("th", Attribute("scope", "row"), name),
        Tag("td", models.Select(model => model.Exam is { } exam ? part(exam)?.N : null).FirstOrDefault(n => n is not null)?.ToString() ?? "–"),
        models.Select(model => Tag("td", model.Exam is { } exam && part(exam) is { N: > 0 } score ? Bar(model.Name, score.Score) : "–")));

    private static XElement? Topics(IReadOnlyList<ModelResult> models)
    {
        var topics = models.SelectMany(model => model.Exam?.Topics ?? []).Select(topic => topic.Topic).Distinct().ToList();
        if (topics.Count < 2) return null;
        return Tag("div", Class("scroll"), Tag("table", Class("topics"),
            Tag("thead", Row("th", ["주제", "문항", .. models.Select(model => ModelNames.Korean(model.Name))])),
            Tag("tbody", topics.Select(topic => Tag("tr",
                Tag("th", Attribute("scope", "row"), topic),
                Tag("td", models.Select(m => Find(m, topic)?.N).FirstOrDefault(n => n is not null)?.ToString() ?? "–"),
                models.Select(model => Tag("td", Find(model, topic) is { } score ? Bar(model.Name, score.Score) : "–")))))));
    }

    private static TopicScore? Find(ModelResult model, string topic) => model.Exam?.Topics.FirstOrDefault(t => t.Topic == topic);

    private static object[] Bar(string model, double score) =>
    [
        Tag("span", Class("bar"), Tag("span", Class($"fill k-{model}"), Attribute("style", $"width:{Math.Round(score * 100)}%"))),
        Tag("span", Class("bar-value"), NumberText.Percent(score, 0)),
    ];

    private static object[] Flips(ModelDifference difference)
    {
        var test = difference.Test!;
        var shown = difference.Flips.Take(MostFlips).ToList();
        return
        [
            Tag("h3", $"{ModelNames.Korean(difference.From)} → {ModelNames.Korean(difference.To)}: 맞았다가 틀린 문항 {test.Lost}, 틀렸다가 맞은 문항 {test.Gained}"),
            Tag("p", Class("note"), $"McNemar 정확 검정 p = {P(test.P)}. {Meaning(test.P)}"),
            shown.Count == 0 ? Tag("p", Class("note"), "보일 문항이 없습니다.") : Table(shown),
            difference.Flips.Count > shown.Count ? Tag("p", Class("note"), $"나머지 {difference.Flips.Count - shown.Count}문항은 evaluation.json에 있습니다.") : "",
        ];
    }

    private static XElement Table(List<ExamFlip> flips) => Tag("div", Class("scroll"), Tag("table", Class("flips"),
        Tag("thead", Row("th", "바뀜", "문항", "정답", "틀린 모델의 답", "근거")),
        Tag("tbody", flips.Select(flip => Tag("tr",
            Tag("td", Tag("span", Class("word " + (flip.Lost ? "bad" : "good")), flip.Lost ? "잃음" : "얻음")),
            Tag("td", flip.Question, Tag("small", flip.Id)),
            Tag("td", flip.Answer),
            Tag("td", flip.Chosen),
            Tag("td", flip.Source ?? flip.Topic ?? "–"))))));

    private static string P(double p) => p < 0.0001 ? "0.0001 미만" : NumberText.Fixed(p, 4);

    private static string Meaning(double p) => p < 0.05
        ? "두 모델의 점수 차이는 우연으로 보기 어렵습니다."
        : "이 문항 수로는 두 모델의 차이를 우연과 가릴 수 없습니다.";
}
