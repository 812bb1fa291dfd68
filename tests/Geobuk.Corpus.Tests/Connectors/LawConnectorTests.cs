using System.Web;
using Geobuk.Corpus.Connectors;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Connectors;

/// <summary>Answers have the form of law.go.kr's own: lists of a hundred, wrong keys answered with 200, administrative rules asked for by their version under the name ID.</summary>
public sealed class LawConnectorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly Dictionary<string, string> _versions = [];

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task FetchAsync_ManyPages_FetchesEveryLawInForceAndReadsAsADocument()
    {
        for (var i = 0; i < 230; i++) _versions[$"{i + 1:000000}"] = $"{200000 + i}";
        using var service = new RecordedService(Answer);
        var report = await FetchAsync(service);
        Assert.Equal((230, 230, 0), (report.Listed, report.Fetched, report.Unchanged));
        Assert.Empty(report.Problems);
        var document = DocumentReaders.Read(Path.Combine(_folder, "000007.xml")).Single();
        Assert.Equal(("000007", "견본법 000007"), (document.Law!.LawId, document.Title));
        Assert.Contains("page=3", service.Requests.Last(request => request.Contains("lawSearch", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task FetchAsync_Again_FetchesOnlyWhatHasAnotherVersion()
    {
        for (var i = 0; i < 5; i++) _versions[$"{i + 1:000000}"] = $"{200000 + i}";
        using var service = new RecordedService(Answer);
        await FetchAsync(service);
        _versions["000002"] = "300000";
        _versions.Remove("000003");
        var report = await FetchAsync(service);
        Assert.Equal((4, 1, 3), (report.Listed, report.Fetched, report.Unchanged));
        Assert.Equal(["000003"], report.Gone);
        Assert.Contains("300000", File.ReadAllText(Path.Combine(_folder, "000002.xml")));
    }

    [Fact]
    public async Task FetchAsync_TooManyRequests_WaitsAndGoesOn()
    {
        _versions["000001"] = "200000";
        var refusals = 3;
        using var service = new RecordedService(url => refusals-- > 0 ? (429, "") : Answer(url));
        var waits = new List<string>();
        var report = await FetchAsync(service, waits.Add);
        Assert.Equal((1, 3), (report.Fetched, waits.Count));
        Assert.All(waits, wait => Assert.StartsWith("429", wait));
    }

    [Fact]
    public async Task FetchAsync_ServiceThatNeverRecovers_SaysSoWithoutTheKey()
    {
        using var service = new RecordedService(_ => (503, ""));
        var fault = await Assert.ThrowsAsync<UserInputException>(() => FetchAsync(service));
        Assert.Contains("503", fault.Message);
        Assert.DoesNotContain("s3cret", fault.Message);
    }

    [Fact]
    public async Task FetchAsync_InterruptedBeforeTheEnd_GoesOnWithTheRest()
    {
        for (var i = 0; i < 6; i++) _versions[$"{i + 1:000000}"] = $"{200000 + i}";
        var served = 0;
        var stops = true;
        using var service = new RecordedService(url => stops && url.AbsolutePath.Contains("lawService", StringComparison.Ordinal) && ++served > 2 ? (404, "") : Answer(url));
        await Assert.ThrowsAsync<UserInputException>(() => FetchAsync(service));
        stops = false;
        var report = await FetchAsync(service);
        Assert.Equal((4, 2), (report.Fetched, report.Unchanged));
        // What a crash leaves of a line is no line.
        File.AppendAllText(Path.Combine(_folder, ".fetched.jsonl"), """{"Id":"000001","Ver""");
        var last = await FetchAsync(service);
        Assert.Equal((0, 6), (last.Fetched, last.Unchanged));
    }

    [Theory]
    [InlineData("""<?xml version="1.0" encoding="UTF-8"?><Response><result>사용자 정보 검증에 실패하였습니다.</result><msg>정확한 서버장비의 IP주소를 등록해 주세요.</msg></Response>""", "사용자 정보 검증에 실패하였습니다.")]
    [InlineData("<!DOCTYPE html><html><body>오류</body></html>", "no XML")]
    [InlineData("""<?xml version="1.0"?><LawSearch><resultCode>01</resultCode><resultMsg>필수 매개변수 없음</resultMsg></LawSearch>""", "필수 매개변수 없음")]
    public async Task FetchAsync_WrongKey_SaysWhatTheServiceSaid(string answer, string expected)
    {
        using var service = new RecordedService(_ => (200, answer));
        var fault = await Assert.ThrowsAsync<UserInputException>(() => FetchAsync(service));
        Assert.Contains(expected, fault.Message);
        Assert.Contains("Check the key in GEOBUK_LAW_KEY", fault.Message);
    }

    [Fact]
    public async Task FetchAsync_TextThatIsAnotherLaw_IsAProblemAndNoFile()
    {
        _versions["000001"] = "200000";
        using var service = new RecordedService(url => url.AbsolutePath.EndsWith("lawService.do", StringComparison.Ordinal) ? (200, Text("000009", "200000")) : Answer(url));
        var report = await FetchAsync(service);
        Assert.Equal(["견본법 000001 (000001): the answer is on 법령ID '000009'"], report.Problems);
        Assert.False(File.Exists(Path.Combine(_folder, "000001.xml")));
    }

    [Fact]
    public async Task FetchAsync_IdThatIsNoNumber_NeverBecomesAFileName()
    {
        _versions["../../evil"] = "200000";
        using var service = new RecordedService(Answer);
        var report = await FetchAsync(service);
        Assert.Contains("expected digits", Assert.Single(report.Problems));
        Assert.Equal(0, report.Fetched);
    }

    [Fact]
    public async Task FetchAsync_AdministrativeRules_AsksByVersionAndLeavesOutWhatHasBeen()
    {
        using var service = new RecordedService(url =>
        {
            var query = HttpUtility.ParseQueryString(url.Query);
            if (url.AbsolutePath.EndsWith("lawSearch.do", StringComparison.Ordinal))
                return (200, """<?xml version="1.0" encoding="UTF-8"?><AdmRulSearch><target>admrul</target><totalCnt>2</totalCnt><page>1</page><admrul id="1"><행정규칙일련번호>2100000276850</행정규칙일련번호><행정규칙명><![CDATA[견본 훈령]]></행정규칙명><행정규칙종류>훈령</행정규칙종류><현행연혁구분>현행</현행연혁구분><행정규칙ID>77048</행정규칙ID></admrul><admrul id="2"><행정규칙일련번호>2100000100000</행정규칙일련번호><행정규칙명>옛 훈령</행정규칙명><현행연혁구분>연혁</현행연혁구분><행정규칙ID>77049</행정규칙ID></admrul></AdmRulSearch>""");
            return query["ID"] == "2100000276850" ? (200, """<?xml version="1.0" encoding="UTF-8"?><AdmRulService><행정규칙기본정보><행정규칙일련번호>2100000276850</행정규칙일련번호><행정규칙명>견본 훈령</행정규칙명><행정규칙종류>훈령</행정규칙종류><행정규칙ID>77048</행정규칙ID></행정규칙기본정보><조문내용>제1조(목적) 이 훈령은 견본을 정한다.</조문내용></AdmRulService>""") : (404, "");
        });
        var report = await LawConnector.FetchAsync(true, "견본", _folder, Options(service, null), new Progress<StepReport>(), default);
        Assert.Equal((1, 1, 0), (report.Listed, report.Fetched, report.Problems.Count));
        Assert.Contains("제1조", DocumentReaders.Read(Path.Combine(_folder, "77048.xml")).Single().Text);
        Assert.Contains("query=견본", service.Requests.First());
    }

    private (int, string) Answer(Uri url)
    {
        var query = HttpUtility.ParseQueryString(url.Query);
        Assert.Equal(("s3cret", "law", "XML"), (query["OC"], query["target"], query["type"]));
        if (url.AbsolutePath.EndsWith("lawService.do", StringComparison.Ordinal))
            return _versions.FirstOrDefault(pair => pair.Value == query["MST"]) is { Key: { } id } ? (200, Text(id, query["MST"]!)) : (404, "");
        var page = int.Parse(query["page"]!);
        var rows = _versions.OrderBy(pair => pair.Key, StringComparer.Ordinal).Skip(100 * (page - 1)).Take(100).Select((pair, i) =>
            $"""<law id="{i + 1}"><법령일련번호>{pair.Value}</법령일련번호><현행연혁코드>현행</현행연혁코드><법령명한글><![CDATA[견본법 {pair.Key}]]></법령명한글><법령ID>{pair.Key}</법령ID><시행일자>20260101</시행일자></law>""");
        return (200, $"""<?xml version="1.0" encoding="UTF-8"?><LawSearch><resultCode>00</resultCode><resultMsg>success</resultMsg><target>law</target><totalCnt>{_versions.Count}</totalCnt><page>{page}</page>{string.Concat(rows)}</LawSearch>""");
    }

    private static string Text(string id, string version) =>
        $"""<?xml version="1.0" encoding="UTF-8"?><법령 법령키="{version}"><기본정보><법령ID>{id}</법령ID><공포일자>20260101</공포일자><법종구분>법률</법종구분><법령명_한글><![CDATA[견본법 {id}]]></법령명_한글><시행일자>20260101</시행일자></기본정보><조문><조문단위><조문번호>1</조문번호><조문여부>조문</조문여부><조문제목>목적</조문제목><조문내용>제1조(목적) 이 법은 견본을 정한다.</조문내용></조문단위></조문></법령>""";

    private Task<FetchReport> FetchAsync(RecordedService service, Action<string>? waiting = null) =>
        LawConnector.FetchAsync(false, null, _folder, Options(service, waiting), new Progress<StepReport>(), default);

    private static FetchOptions Options(RecordedService service, Action<string>? waiting) =>
        FetchOptions.Law("s3cret") with { Address = service.Address, FirstWait = TimeSpan.FromMilliseconds(1), Waiting = waiting };
}
