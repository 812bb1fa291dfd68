using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Sources;
using Geobuk.Tests;
using Xunit.Abstractions;

namespace Geobuk.Corpus.Tests.Screening;

public sealed class MarkingTests(ITestOutputHelper output) : ScreeningTest
{
    private static readonly string[] Korean =
    [
        "군사 Ⅰ급 비밀", "군사 Ⅱ급 비밀", "군사 Ⅲ급 비밀", "군사Ⅱ급비밀", "Ⅱ급비밀", "Ⅲ급 비밀", "군사 II급 비밀", "군사 III급비밀", "군사 I급 비밀",
        "군사 2급 비밀", "군사 ３급 비밀", "２급비밀", "군 사 Ⅱ 급 비 밀", "군　사　Ⅲ　급　비　밀", "ⅱ급 비밀", "군사 Ⅱ급 기밀",
        "대외비", "대 외 비", "대  외  비", "대　외　비", "對外秘", "군사기밀", "군사비밀",
    ];

    private static readonly string[] Forms =
    [
        "{0}", "[{0}]", "[ {0} ]", "【{0}】", "〔 {0} 〕", "({0})", "< {0} >", "※ {0} ※", "- {0} -", "■ {0} ■", "★{0}★", "『{0}』", "*** {0} ***", "     {0}",
        "보안등급: {0}", "비밀등급 : {0}", "┌──────┐\n│ {0} │\n└──────┘", "| {0} |", "[{0}] 부대 이전 세부계획", "{0} (원본 3부 중 제2부)", "{0} - 취급주의 -", "이 문서는 {0}입니다.", "본 자료는 {0}이므로 무단 복사를 금함",
        "{0}\t사본번호 3", "- 1 - {0}", "{0}  2027. 12. 31. 까지",
    ];

    private static readonly string[] English =
    [
        "TOP SECRET", "SECRET", "CONFIDENTIAL", "SECRET//NOFORN", "TOP SECRET//SI/TK//NOFORN", "SECRET//REL TO USA, ROK", "CONFIDENTIAL//REL TO USA, KOR", "CUI", "CUI//SP-CTI//NOFORN",
        "CONTROLLED//NOFORN", "FOUO", "FOR OFFICIAL USE ONLY", "UNCLASSIFIED//FOUO", "NATO SECRET", "(S//NF) The unit moves at dawn.", "(S//REL TO USA, ROK) The unit moves.", "(TS//SI//NF) Text of the portion.",
        "(CUI) The contractor's drawing.", "(C//REL) Supply status.", "Classified By: J. Kim", "Declassify On: 20351231", "CUI Category: CTI", "DISTRIBUTION STATEMENT D. Distribution authorized to DoD.",
        "[SECRET]", "** CONFIDENTIAL **",
    ];

    private static readonly string[] Clean =
    [
        "제1조(목적) 이 훈령은 국방 행정업무의 처리에 필요한 사항을 정함을 목적으로 한다.",
        "담당자는 접수한 날부터 7일 이내에 결과를 통보하여야 한다.",
        "예산은 분기별로 배정하며, 집행 잔액은 다음 분기로 이월할 수 있다.",
        "보급품의 청구는 소요부대의 장이 하고 군수지원부대의 장이 승인한다.",
        "인사기록카드는 매년 12월 말일을 기준으로 정리한다.",
        "회의록은 5년간 보관하며 열람은 담당 부서장의 승인을 받는다.",
    ];

    private static readonly string[] Mentions =
    [
        "비밀은 그 중요성과 가치의 정도에 따라 Ⅰ급비밀ㆍⅡ급비밀 및 Ⅲ급비밀로 구분한다.", "1. Ⅰ급비밀: 누설되는 경우 대한민국과 외교관계가 단절되고 전쟁을 일으킬 우려가 있는 비밀",
        "제11조(분류금지와 대외비)", "제12조(대외비)", "직무수행상 특별히 보호가 필요한 사항은 이를 \"대외비\"로 하며 비밀과 같은 방법으로 관리한다.", "④ 대외비는 그 문서의 표면 중앙상단에 다음과 같은 예고문을 붙인다.",
        "비밀(대외비를 포함한다. 이하 이 조에서 같다)을 인쇄, 발간하려는 경우", "② Ⅱ급비밀 및 Ⅲ급비밀은 금고 또는 캐비닛에 보관하여야 한다.", "항만시설보안평가 결과보고서를 작성하여 대외비로 관리하고", "군사기밀은 군사 Ⅰ급비밀, 군사 Ⅱ급비밀, 군사 Ⅲ급비밀로 구분한다.",
        "군사기밀 보호법 시행령", "가. Ⅱ급비밀 취급인가를 받은 사람", "비밀취급 인가권자는 해당 등급 비밀을 취급할 사람을 인가한다.", "서류 상단에 [대외비] 표시를 한다.", "대외비 관리 업무지침을 개정한다.", "(C) The Contractor shall submit the report.",
        "The contractor shall protect CUI in accordance with the clause.", "Personnel need a SECRET clearance to enter.", "구분\tⅠ급비밀\tⅡ급비밀\tⅢ급비밀\t대외비\n보유\t0\t1\t2\t3", "3급 공무원의 비밀번호는 6개월마다 바꾼다.", "군대 외 비전투 요원은 제외한다.", "대외 비공개 회의는 위원장이 정한다.",
    ];

    [Fact]
    public void Screen_GeneratedMarkings_AtLeast99PercentAreQuarantined()
    {
        var missed = new List<string>();
        var total = 0;
        foreach (var marking in Forms.SelectMany(form => Korean.Select(grade => string.Format(null, form, grade))).Concat(English))
            for (var place = 0; place < 3; place++, total++)
                if (Screen(Document(marking, place)).Reason != FindingKind.SecurityMarking) missed.Add($"{place}: {marking}");
        output.WriteLine($"{total - missed.Count} of {total}\n{string.Join('\n', missed.Take(60))}");
        Assert.True(missed.Count <= 0.01 * total, $"{missed.Count} of {total} missed: {string.Join(" / ", missed.Take(20))}");
    }

    [Fact]
    public void Screen_Mentions_AreNotMarkings()
    {
        var alarms = new List<string>();
        foreach (var mention in Mentions)
            for (var place = 0; place < 3; place++)
                if (Screen(Document(mention, place)).Verdict != ScreeningVerdict.Clean) alarms.Add($"{place}: {mention}");
        Assert.Empty(alarms);
    }

    [Theory]
    [InlineData(BlockZone.Header, "군사 Ⅱ급비밀  국방부 정책기획관실")]
    [InlineData(BlockZone.Footer, "12쪽 대외비")]
    [InlineData(BlockZone.Box, "대외비 2027년까지")]
    [InlineData(BlockZone.Header, "비 밀")]
    [InlineData(BlockZone.Hidden, "Ⅲ급비밀에서 옮김 Ⅲ급비밀")]
    [InlineData(BlockZone.Footer, "Page 3 SECRET Draft")]
    public void Find_MarkingOutsideTheBody_IsFound(BlockZone zone, string text) => Assert.NotEmpty(MarkingDetector.Find(Zoned(zone, text)));

    [Theory]
    [InlineData(BlockZone.Header, "군사기밀 보호법 시행령")]
    [InlineData(BlockZone.Header, "대외비 관리 규정")]
    [InlineData(BlockZone.Footer, "법제처 국가법령정보센터")]
    public void Find_TitleOfARegulationAtThePagesHead_IsNotAMarking(BlockZone zone, string text) => Assert.Empty(MarkingDetector.Find(Zoned(zone, text)));

    [Theory]
    [InlineData("대외비 문서의 관리")]
    [InlineData("대외비 문서의 관리에 관한 규정 (훈령)")]
    [InlineData("대외비 자료 취급 지침")]
    [InlineData("Ⅱ급비밀 문서의 파기 절차")]
    [InlineData("군사기밀 자료의 분류ㆍ보관 및 인계")]
    public void Screen_TitleThatGoesOnAsAPhrase_IsAMention(string title)
    {
        Assert.Equal(ScreeningVerdict.Clean, Screen($"# {title}\n\n{string.Join("\n\n", Clean)}", "문서.md").Verdict);
        Assert.Equal(ScreeningVerdict.Clean, Screen(Document(title, 0)).Verdict);
        Assert.Empty(MarkingDetector.Find(Zoned(BlockZone.Header, title)));
    }

    [Theory]
    [InlineData("대외비")]
    [InlineData("대외비 문서")]
    [InlineData("대 외 비 문서의 관리")]
    [InlineData("[대외비] 문서의 관리")]
    [InlineData("대외비 문서 반출 금지")]
    [InlineData("대외비 자료 사용 후 파기")]
    [InlineData("대외비 부대 이전 계획")]
    [InlineData("대외비  문서의 관리 2부")]
    public void Screen_MarkingInATitle_StaysAMarking(string title)
    {
        Assert.Equal(FindingKind.SecurityMarking, Screen($"# {title}\n\n{string.Join("\n\n", Clean)}", "문서.md").Reason);
        Assert.Equal(FindingKind.SecurityMarking, Screen(Document(title, 0)).Reason);
        Assert.NotEmpty(MarkingDetector.Find(Zoned(BlockZone.Header, title)));
    }

    [SkippableFact]
    public void Screen_DefenceStatutes_AtMostOneFalseAlarmPerMillionCharacters()
    {
        var folder = TestPaths.Shared("data", "statutes-defence");
        var (characters, alarms) = (0L, new List<string>());
        foreach (var file in Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            foreach (var document in DocumentReaders.Read(file))
            {
                characters += document.Text.Length;
                alarms.AddRange(DocumentScreen.Of(document, ScreeningPolicy.Default).Findings.Select(finding => $"{document.Title}: {finding.Kind} {finding.Detail}"));
            }
        output.WriteLine($"{alarms.Count} in {characters}\n{string.Join('\n', alarms.Take(50))}");
        Assert.True(alarms.Count <= characters / 1e6, $"{alarms.Count} in {characters}: {string.Join(" / ", alarms.Take(20))}");
    }

    private static string Document(string line, int place)
    {
        List<string> lines = [.. Clean, .. Clean, .. Clean];
        lines.Insert(place switch { 0 => 0, 1 => lines.Count / 2, _ => lines.Count }, line);
        return string.Join("\n", lines);
    }

    private SourceDocument Zoned(BlockZone zone, string text)
    {
        var document = Read("문서.txt", string.Join("\n", Clean));
        return document with { Blocks = [new Block(BlockKind.Text, 0, "", text) { Zone = zone }, .. document.Blocks] };
    }
}
