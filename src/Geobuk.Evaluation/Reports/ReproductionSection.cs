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
                data.Evaluation is { } evaluation
                    ? [Method(evaluation), Tag("table", Class("plain"), Tag("tbody", Protocol(evaluation.Protocol)))]
                    : new object[] { Tag("p", "평가 단계가 없는 실행입니다.") }),
            Tag("div",
                Tag("h3", "기계"),
                Tag("table", Class("plain"), Tag("tbody", data.Machine.Select(fact => Fact(Name(fact.Key), fact.Value)),
                    data.Evaluation?.Models.Select(model => model.Kernel).Distinct().Select(kernel => Fact("연산 경로", kernel)))))),
        Tag("h3", "레시피"),
        Tag("p", Class("note"), "정규화한 레시피의 SHA-256: ", Tag("code", data.Inputs.RecipeHash)),
        Tag("pre", Class("recipe"), data.Inputs.RecipeText.ReplaceLineEndings("\n").TrimEnd()));

    private static XElement Method(EvaluationResult evaluation) => Tag("ul",
        Tag("li", "퍼플렉시티: 학습에 쓰지 않은 검증 문서를 문서마다 따로 읽습니다. 앞선 토큰이 없는 첫 토큰은 문맥으로만 쓰고, 긴 문서는 창을 겹쳐 옮깁니다. 로그 확률은 배정밀도로 셉니다."),
        evaluation.Protocol.ExamPrompt is null ? null : Tag("li", "시험: 프롬프트 뒤에 선택지가 이어질 로그 우도를 글자 수로 나누어 가장 큰 것을 답으로 봅니다(acc_norm). 구간은 Wilson 95 %입니다."),
        evaluation.Kld is null ? null : Tag("li", "KL 발산: 같은 토큰을 두 모델에 읽혀 자리마다 다음 토큰 분포를 비교합니다. 경량 모델은 서비스에 쓰는 GGUF 파일과 엔진 그대로 잽니다."),
        Tag("li", "차이의 구간은 문서와 문항을 다시 뽑는 짝지은 부트스트랩 95 % 구간(1만 회, 시드 고정)입니다."));

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
