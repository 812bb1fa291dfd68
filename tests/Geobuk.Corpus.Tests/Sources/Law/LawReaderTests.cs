using System.Xml.Linq;
using Geobuk.Corpus.Sources;
using Geobuk.Corpus.Sources.Law;

namespace Geobuk.Corpus.Tests.Sources.Law;

public sealed class LawReaderTests : ReaderTest
{
    private const string Xml = """
        <?xml version="1.0" encoding="UTF-8"?><법령 법령키="0012342026010621234"><기본정보><법령ID>001234</법령ID><공포일자>20260106</공포일자><공포번호>21234</공포번호><법종구분 법종구분코드="A0002">법률</법종구분><법령명_한글><![CDATA[시험휴가법]]></법령명_한글><소관부처 소관부처코드="1">국방부</소관부처><시행일자>20260707</시행일자><제개정구분>일부개정</제개정구분></기본정보>
        <조문><조문단위 조문키="0001000"><조문번호>1</조문번호><조문여부>전문</조문여부><조문내용><![CDATA[            제1장 총칙]]></조문내용></조문단위>
        <조문단위 조문키="0003021"><조문번호>3</조문번호><조문가지번호>2</조문가지번호><조문여부>조문</조문여부><조문제목><![CDATA[용어(定義) 등]]></조문제목><조문내용><![CDATA[제3조의2 (용어(定義)  등) ]]></조문내용>
        <항><항번호>①</항번호><항내용><![CDATA[		① 휴가는 다음과 같다.]]></항내용><호><호번호>1.</호번호><호내용><![CDATA[  1. 연가]]></호내용></호><호><호번호>1.</호번호><호가지번호>2</호가지번호><호내용><![CDATA[  1의2. 병가]]></호내용><목><목번호>가.</목번호><목내용><![CDATA[    가. 입원
              1) 국내
                가) 군병원
              2) 국외]]></목내용></목></호></항><조문참고자료>[전문개정 2020.1.1]</조문참고자료></조문단위>
        <조문단위 조문키="0004001"><조문번호>4</조문번호><조문여부>조문</조문여부><조문내용>제4조 삭제 &lt;2020. 1. 1.&gt;</조문내용></조문단위>
        <조문단위 조문키="0005001"><조문번호>5</조문번호><조문여부>조문</조문여부><조문제목>항 없음</조문제목><조문내용>제5조(항 없음) 다음과 같다.</조문내용><항><호><호번호>1.</호번호><호내용>1. 하나</호내용></호></항></조문단위></조문>
        <부칙><부칙단위 부칙키="1"><부칙공포일자>20260106</부칙공포일자><부칙공포번호>21234</부칙공포번호><부칙내용><![CDATA[부칙 <제21234호,2026.1.6>]]>
        <![CDATA[제1조(시행일) 이 법은 공포한 날부터 시행한다.]]></부칙내용></부칙단위></부칙>
        <별표><별표단위><별표번호>0001</별표번호><별표가지번호>02</별표가지번호><별표구분>별표</별표구분><별표제목>휴가 일수</별표제목><별표내용><![CDATA[
        ┌─────┬────┐
        │구분      │일수    │
        ├─────┼────┤
        │배관기능사│긴 문장이│
        │          │이어진다│
        └─────┴────┘]]></별표내용></별표단위><별표단위><별표번호>0001</별표번호><별표구분>서식</별표구분><별표제목>신청서</별표제목><별표내용>이름</별표내용></별표단위></별표></법령>
        """;

    [Fact]
    public void Read_Xml_GivesTheModelOfTheStatute()
    {
        var document = Read("a.xml", Xml);

        Assert.Equal("""
            시험휴가법 (법률)

            제1장 총칙

            제3조의2 (용어(定義) 등)
            ① 휴가는 다음과 같다.
            1. 연가
            1의2. 병가
            가. 입원
            1) 국내
            가) 군병원
            2) 국외

            제4조
            삭제 <2020. 1. 1.>

            제5조 (항 없음)
            다음과 같다.
            1. 하나

            부칙 <제21234호,2026.1.6>
            제1조(시행일) 이 법은 공포한 날부터 시행한다.

            [별표 1의2] 휴가 일수
            구분	일수
            배관기능사	긴 문장이이어진다
            """, document.Text);
        string Path(string start) => document.Blocks.First(block => block.Text.StartsWith(start, StringComparison.Ordinal)).Path;
        Assert.Equal("시험휴가법/제3조의2/①/1의2/가/1/가", Path("가) 군병원"));
        Assert.Equal("시험휴가법/제3조의2/①/1의2/가/2", Path("2) 국외"));
        Assert.Equal("시험휴가법/제5조/1", Path("1. 하나"));
        Assert.Equal("시험휴가법/부칙 제21234호/제1조", Path("제1조(시행일)"));
        Assert.Equal(new DocumentDates(new DateOnly(2026, 1, 6), new DateOnly(2026, 7, 7)), document.Dates);
        Assert.Equal(("001234", "21234", "일부개정"), (document.Law!.LawId, document.Law.Number, document.Law.Revision));
        Assert.Equal(["국방부"], document.Law.Ministries);
    }

    [Fact]
    public void Read_JsonOfOneArticle_IsTheSameAsAList()
    {
        const string Article = """{"조문번호":"1","조문여부":"조문","조문제목":"(목적)","조문내용":"제1조 (목적) 이 법은 시험이다.","항":{"호":{"호번호":"1.","호내용":["  1. 하나",["    가. 속"]],"목":[{"목번호":"가.","목내용":[["    가. 목의 첫 줄","      1) 둘째 줄"]]}]}}}""";
        string Json(string articles) => """{"법령":{"법령키":"1","기본정보":{"법령명_한글":"시험법","법종구분":{"content":"법률","법종구분코드":"A"},"공포일자":"20260106","소관부처":{"content":"국방부,병무청"}},"조문":{"조문단위":""" + articles + "}}}";

        var one = Read("a.json", Json(Article));

        Assert.Equal(one.Text, Read("b.json", Json($"[{Article}]")).Text);
        Assert.Equal("시험법 (법률)\n\n제1조 (목적)\n이 법은 시험이다.\n1. 하나\n가. 속\n가. 목의 첫 줄\n1) 둘째 줄", one.Text);
        Assert.Equal(["국방부", "병무청"], one.Law!.Ministries);
    }

    [Fact]
    public void Read_AdministrativeRule_FindsItsArticlesInPlainLines()
    {
        var document = Read("a.xml", """<AdmRulService><행정규칙기본정보><행정규칙명>시험 훈령</행정규칙명><행정규칙종류>훈령</행정규칙종류><발령일자>20260106</발령일자><발령번호>3</발령번호><행정규칙ID>77</행정규칙ID></행정규칙기본정보><조문내용><![CDATA[제1장 총칙]]></조문내용><조문내용><![CDATA[제1조(목적) 이 훈령은 시험이다.]]></조문내용><조문내용><![CDATA[제2조(정의) ① 뜻은 이렇다.]]></조문내용><부칙><부칙내용><![CDATA[부칙 <제3호>]]></부칙내용></부칙></AdmRulService>""");

        Assert.Equal(2, document.ArticleCount);
        Assert.Equal("시험 훈령/제2조/①", document.Blocks.Single(block => block.Kind == BlockKind.Clause).Path);
        Assert.Equal("훈령", document.Kind);
    }

    [Fact]
    public void Parse_CellOverTwoRows_GoesOnBelowTheBorder()
    {
        var table = BoxTable.Parse(["┌──┬──┐", "│가  │나  │", "│    ├──┤", "│다  │라  │", "└──┴──┘"]);

        Assert.Equal([(0, 0, 2, "가\n다"), (0, 1, 1, "나"), (1, 1, 1, "라")], table.Cells.Select(cell => (cell.Row, cell.Column, cell.RowSpan, cell.Text)));
    }

    [SkippableFact]
    public void Read_SharedXml_HasEveryNumberOfTheFile()
    {
        var folder = Geobuk.Tests.TestPaths.Shared("data", "lawgo-xml");
        foreach (var path in Directory.GetFiles(folder, "*.xml"))
        {
            var expected = XDocument.Load(path).Descendants("조문단위").Where(unit => (string?)unit.Element("조문여부") == "조문")
                .SelectMany(unit =>
                {
                    var article = $"제{(string?)unit.Element("조문번호")}조{((string?)unit.Element("조문가지번호") is { Length: > 0 } branch ? $"의{branch}" : "")}";
                    var items = unit.Elements("항").SelectMany(clause => clause.Elements("호").Select(item => $"{article}/{((string?)clause.Element("항번호"))?.Trim()}/{((string?)item.Element("호번호"))?.Trim().TrimEnd('.')}{((string?)item.Element("호가지번호") is { Length: > 0 } branch ? $"의{branch}" : "")}".Replace("//", "/")));
                    return items.Prepend(article);
                }).ToList();

            var document = DocumentReaders.Read(path).Single();
            var found = document.Blocks.Where(block => block.Kind is BlockKind.Article or BlockKind.Item && !block.Path.Contains("/부칙"))
                .Select(block => block.Path[(document.Title!.Length + 1)..]).ToList();

            Assert.Equal(expected, found);
        }
    }
}
