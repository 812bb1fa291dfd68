using System.Web;
using Geobuk.Corpus.Connectors;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests.Connectors;

public sealed class PublicDataConnectorTests : IDisposable
{
    private const string Table = "15012345/v1/uddi:0a1b", Name = "15012345-v1-uddi-0a1b.csv";
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private int _rows = 1203;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task FetchAsync_FileData_ReadsEveryPageIntoOneTable()
    {
        using var service = new RecordedService(FileData);
        var report = await FetchAsync(service, Table);
        var lines = File.ReadAllLines(Path.Combine(_folder, Name));
        Assert.Equal((1, 3), (report.Fetched, service.Requests.Count));
        Assert.Equal(1204, lines.Length);
        Assert.Equal("기관,건수,비고", lines[0]);
        Assert.Equal("\"병무청, 서울\",1202,", lines[^1]);
    }

    [Fact]
    public async Task FetchAsync_SameTableAgain_IsUnchanged()
    {
        using var service = new RecordedService(FileData);
        await FetchAsync(service, Table);
        var same = await FetchAsync(service, Table);
        Assert.Equal((0, 1), (same.Fetched, same.Unchanged));
        _rows++;
        Assert.Equal(1, (await FetchAsync(service, Table)).Fetched);
    }

    [Fact]
    public async Task FetchAsync_InterruptedBetweenPages_GoesOnWithTheNext()
    {
        var stops = true;
        using var service = new RecordedService(url => stops && HttpUtility.ParseQueryString(url.Query)["page"] == "3" ? (400, "") : FileData(url));
        await Assert.ThrowsAsync<UserInputException>(() => FetchAsync(service, Table));
        stops = false;
        service.Requests.Clear();
        await FetchAsync(service, Table);
        Assert.Contains("page=3", Assert.Single(service.Requests));
        Assert.Equal(1204, File.ReadAllLines(Path.Combine(_folder, Name)).Length);
    }

    [Fact]
    public async Task FetchAsync_TableThatChangedMeanwhile_IsFetchedFromTheStart()
    {
        var stops = true;
        using var service = new RecordedService(url => stops && HttpUtility.ParseQueryString(url.Query)["page"] == "3" ? (400, "") : FileData(url));
        await Assert.ThrowsAsync<UserInputException>(() => FetchAsync(service, Table));
        (stops, _rows) = (false, 1300);
        await FetchAsync(service, Table);
        Assert.Equal(1301, File.ReadAllLines(Path.Combine(_folder, Name)).Length);
    }

    [Fact]
    public async Task FetchAsync_Service_ReadsASingleItemWithoutItsList()
    {
        using var service = new RecordedService(url => HttpUtility.ParseQueryString(url.Query)["pageNo"] == "1"
            ? (200, """{"response":{"header":{"resultCode":"00","resultMsg":"NORMAL SERVICE."},"body":{"items":{"item":{"공고":"입찰","금액":100}},"numOfRows":500,"pageNo":1,"totalCount":1}}}""")
            : (200, """{"response":{"header":{"resultCode":"00"},"body":{"items":"","totalCount":1}}}"""));
        await FetchAsync(service, "1690000/Bids/list");
        Assert.Equal("공고,금액\n입찰,100\n", File.ReadAllText(Path.Combine(_folder, "1690000-Bids-list.csv")));
    }

    [Theory]
    [InlineData(200, """<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>SERVICE_KEY_IS_NOT_REGISTERED_ERROR</returnAuthMsg><returnReasonCode>30</returnReasonCode></cmmMsgHeader></OpenAPI_ServiceResponse>""", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR 30")]
    [InlineData(200, """{"response":{"header":{"resultCode":"22","resultMsg":"LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"}}}""", "22 LIMITED_NUMBER")]
    [InlineData(200, """{"code":-4,"msg":"등록되지 않은 인증키 입니다."}""", "등록되지 않은 인증키 입니다.")]
    [InlineData(401, """{"code":-401,"msg":"유효하지 않은 인증키 입니다."}""", "answered 401 Unauthorized")]
    public async Task FetchAsync_Refusal_SaysWhatTheServiceSaidWithoutTheKey(int status, string answer, string expected)
    {
        using var service = new RecordedService(_ => (status, answer));
        var fault = await Assert.ThrowsAsync<UserInputException>(() => FetchAsync(service, Table));
        Assert.Contains(expected, fault.Message);
        Assert.Contains("GEOBUK_DATA_KEY", fault.Message);
        Assert.DoesNotContain("s3cret", fault.Message);
    }

    private (int, string) FileData(Uri url)
    {
        var query = HttpUtility.ParseQueryString(url.Query);
        var (page, size) = (int.Parse(query["page"]!), int.Parse(query["perPage"]!));
        var rows = Enumerable.Range(0, _rows).Skip(size * (page - 1)).Take(size).Select(i => i == _rows - 1 && _rows == 1203 ? $$"""{"기관":"병무청, 서울","건수":{{i}},"비고":null}""" : $$"""{"기관":"병무청","건수":{{i}},"비고":"없음"}""").ToList();
        return (200, $$"""{"currentCount":{{rows.Count}},"data":[{{string.Join(',', rows)}}],"matchCount":{{_rows}},"page":{{page}},"perPage":{{size}},"totalCount":{{_rows}}}""");
    }

    private Task<FetchReport> FetchAsync(RecordedService service, string table) => PublicDataConnector.FetchAsync(table, _folder,
        new FetchOptions(service.Address, "serviceKey", "s3cret", FetchOptions.DataKeyVariable) { FirstWait = TimeSpan.FromMilliseconds(1) }, new Progress<StepReport>(), default);
}
