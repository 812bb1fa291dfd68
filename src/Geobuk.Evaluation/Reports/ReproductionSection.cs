using System.Xml.Linq;
using static Geobuk.Evaluation.Reports.Markup;

namespace Geobuk.Evaluation.Reports;

/// <summary>How to get the same numbers: command, recipe, measuring protocol, machine.</summary>
internal static class ReproductionSection
{
    public static XElement Build(ReportData data) => Tag("section", Attribute("id", "reproduce"),
        Tag("h2", "다시 실행하기"),
        Tag("pre", Class("command"), data.Inputs.Command),
        Tag("div", Class("columns"),
            Tag("div",
                Tag("h3", "측정 방법"),
                Tag("p", data.Evaluation?.Protocol.Description ?? "평가 단계가 없는 실행입니다."),
                data.Evaluation is { } evaluation ? Tag("table", Class("plain"), Tag("tbody", Protocol(evaluation.Protocol))) : null),
            Tag("div",
                Tag("h3", "기계"),
                Tag("table", Class("plain"), Tag("tbody", data.Machine.Select(fact => Fact(Name(fact.Key), fact.Value)),
                    data.Evaluation?.Models.Select(model => model.Kernel).Distinct().Select(kernel => Fact("연산 경로", kernel)))))),
        Tag("h3", "레시피"),
        Tag("p", Class("note"), "정규화한 레시피의 SHA-256: ", Tag("code", data.Inputs.RecipeHash)),
        Tag("pre", Class("recipe"), data.Inputs.RecipeText.ReplaceLineEndings("\n").TrimEnd()));

    private static IEnumerable<XElement> Protocol(EvaluationProtocol protocol)
    {
        yield return Fact("퍼플렉시티 창 / 이동", $"{protocol.Window} / {protocol.Stride} 토큰");
        yield return Fact("검증 문서", $"도메인 {protocol.DomainDocuments}건, 일반 {protocol.GeneralDocuments}건");
        if (protocol.ExamPrompt is { } prompt) yield return Fact("시험 프롬프트", prompt);
        if (protocol.ExamDigest is { } digest) yield return Fact("시험 SHA-256", digest);
    }

    private static XElement Fact(string name, string value) =>
        Tag("tr", Tag("th", Attribute("scope", "row"), name), Tag("td", Class("text"), value));

    private static string Name(string key) => key switch
    {
        "processor" => "프로세서",
        "cores" => "코어",
        "memory" => "메모리",
        "os" => "운영체제",
        "runtime" => "런타임",
        _ => key,
    };
}
