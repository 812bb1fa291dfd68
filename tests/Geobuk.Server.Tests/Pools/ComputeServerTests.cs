using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Service;
using Geobuk.Models;
using Geobuk.Server.Pools;
using Microsoft.AspNetCore.Builder;

namespace Geobuk.Server.Tests.Pools;

public sealed class ComputeServerTests : IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-pools").FullName;
    private readonly Dictionary<string, string> _keys = [];
    private ComputeStore _store = null!;
    private ComputeService _service = null!;
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        _store = ComputeStore.Open(Path.Combine(_folder, "compute.db"));
        var engine = new ProcessEngine(Path.Combine(_folder, "jobs"), () => { });
        _service = new ComputeService(ComputeConfig.Local(2), _store, _ => engine);
        foreach (var (name, tenant, role) in new[] { ("operator", "local", Role.Operator), ("personnel", "mnd/personnel", Role.Member), ("finance", "mnd/finance", Role.Admin), ("viewer", "mnd/personnel", Role.Viewer) })
        {
            var (key, secret) = ApiKey.Create(name, tenant, role);
            _store.Save(key);
            _keys[name] = secret;
        }
        _app = ComputeServer.Build(_service, "http://127.0.0.1:0");
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Keys_MissingForgedOrRevoked_OpenNothing()
    {
        foreach (var key in new[] { "", "gbk_0000", _keys["operator"] + "0", _keys["operator"].ToUpperInvariant(), "' OR 1=1 --" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await Ask("GET", "jobs", key: key)).Status);
        _store.Revoke(ApiKey.HashOf(_keys["viewer"]));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask("GET", "jobs", key: _keys["viewer"])).Status);
        var (short_, secret) = ApiKey.Create("short", "mnd", Role.Member);
        _store.Save(short_ with { Expires = _service.Now - 1 });
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask("GET", "jobs", key: secret)).Status);
        _store.Save(short_ with { Expires = _service.Now + 3600 });
        Assert.Equal(HttpStatusCode.OK, (await Ask("GET", "jobs", key: secret)).Status);
    }

    [Fact]
    public async Task Refusals_StandInTheAuditLog_AndNobodyCanFillIt()
    {
        await Ask("POST", "jobs", """{"command":["true"]}""", _keys["personnel"]);
        await Ask("DELETE", "jobs/1", key: _keys["finance"]);
        await Ask("PUT", "pools/local/nodes/this", """{"healthy":false}""", _keys["personnel"]);
        await Ask("POST", "jobs", """{"command":["true"],"tenant":"mnd/finance"}""", _keys["personnel"]);
        for (var i = 0; i < 200; i++) await Ask("GET", "jobs", key: "gbk_forged");

        var log = _service.Audit(new ApiKey("a", "local", Role.Auditor, ""));
        string[] refused = [.. log.Where(entry => entry is { Action: "refused", Who: not "unknown" }).Reverse().Select(entry => $"{entry.Who} {entry.Subject}: {entry.Detail}")];
        Assert.Equal(3, refused.Length);
        Assert.StartsWith("finance DELETE /compute/v1/jobs/1: job 1: not found", refused[0], StringComparison.Ordinal);
        Assert.StartsWith("personnel PUT /compute/v1/pools/local/nodes/this: personnel: member of mnd/personnel may not drain local/this.", refused[1], StringComparison.Ordinal);
        Assert.StartsWith("personnel POST /compute/v1/jobs: personnel: member of mnd/personnel may not submit mnd/finance.", refused[2], StringComparison.Ordinal);
        var forged = log.Where(entry => entry is { Action: "refused", Who: "unknown" }).ToList();
        // Sixty, and then the 64th and the 128th.
        Assert.Equal(62, forged.Count);
        Assert.StartsWith($"the 128th within an hour; key {ApiKey.HashOf("gbk_forged")[..12]} is not known, from 127.0.0.1", forged[0].Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(log, entry => entry.Detail.Contains("gbk_", StringComparison.Ordinal));
        Assert.Null(AuditEntry.Defect(log.Reverse()));
    }

    [Fact]
    public async Task OperatorsKey_MadeAndUsed_StandsInTheAuditLog()
    {
        var secret = _service.GrantSelf();
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, (await Ask("GET", "jobs", key: secret)).Status);
        await Ask("GET", "jobs", key: _keys["viewer"]);

        var id = ApiKey.IdOf(ApiKey.HashOf(secret));
        var log = _service.Audit(new ApiKey("a", "local", Role.Auditor, "")).Where(entry => entry.Action is "grant" or "use").Reverse().ToList();
        Assert.Equal([("geobuk", "grant", "operator"), ("operator", "use", $"key {id}")], log.Select(entry => (entry.Who, entry.Action, entry.Subject)));
        Assert.Equal($"Operator of local, key {id}, into the state folder", log[0].Detail);
        Assert.Equal("from 127.0.0.1", log[1].Detail);
    }

    [Theory]
    [InlineData("PUT", "pools/local/nodes/this", "{}", 400, "healthy: missing")]
    [InlineData("GET", "jobs?latest=abc", null, 400, "latest: abc; expected a whole number from 0 to 1000.")]
    [InlineData("GET", "jobs?view=all", null, 400, "view: all; expected one of open, running, pending, over.")]
    [InlineData("GET", "jobs?view=open,over", null, 400, "view: open,over; expected one of open, running, pending, over.")]
    [InlineData("GET", "jobs?view=3", null, 400, "view: 3; expected one of open, running, pending, over.")]
    [InlineData("GET", "jobs?view=open&limit=0", null, 400, "limit: 0; expected a whole number from 1 to 1000.")]
    [InlineData("GET", "jobs/1/log?offset=-1", null, 404, "job 1: not found")]
    [InlineData("GET", "audit?before=1e9", null, 400, "before: 1e9; expected a whole number")]
    [InlineData("GET", "jobs/99999999999999999999", null, 404, "there is no such call")]
    [InlineData("PATCH", "jobs/1", "{}", 404, "PATCH /compute/v1/jobs/1: there is no such call")]
    [InlineData("POST", "keys", """{"name":"a\u001bb","tenant":"x","role":"viewer"}""", 400, "a?b")]
    [InlineData("POST", "keys", """{"name":"operator ","tenant":"x","role":"viewer"}""", 400, "expected 1 to 64 letters (a to z, Hangul, Chinese characters), digits")]
    [InlineData("POST", "keys", """{"name":"oper\u200bator","tenant":"x","role":"viewer"}""", 400, "name: \\\"oper?ator\\\"; expected 1 to 64 letters")]
    [InlineData("POST", "keys", """{"name":"оperator","tenant":"x","role":"viewer"}""", 400, "expected 1 to 64 letters")]
    [InlineData("POST", "keys", """{"name":"Unknown","tenant":"x","role":"viewer"}""", 400, "name: Unknown is what the audit log calls others")]
    [InlineData("POST", "keys", """{"name":"a","tenant":"mnd/аdmin","role":"viewer"}""", 400, "tenant: mnd/аdmin; expected organisation/project/user.")]
    [InlineData("POST", "keys", """{"name":"geobuk","tenant":"x","role":"viewer"}""", 400, "name: geobuk is what the audit log calls others")]
    [InlineData("POST", "keys", """{"name":"a","tenant":"x","role":"viewer","expires":5}""", 400, "expires: 5; expected seconds since 1970 that are to come.")]
    [InlineData("POST", "keys", """{"name":"a","tenant":"x","role":"viewer","expires":1e999}""", 400, "expires: Infinity")]
    [InlineData("POST", "keys", """{"name":"a","tenant":"x","role":"king"}""", 400, "role: another kind of value; expected one of viewer, member, admin, operator, auditor.")]
    public async Task Call_ThatIsWrong_IsAProblemThatSaysSo(string method, string path, string? body, int status, string expected)
    {
        var answer = await Ask(method, path, body, _keys["operator"]);

        Assert.Equal(status, (int)answer.Status);
        Assert.True(answer.Body.Contains(expected, StringComparison.Ordinal), answer.Body);
        Assert.Contains($"\"status\": {status}", answer.Body, StringComparison.Ordinal);
        Assert.True(_service.Pools(new ApiKey("a", "local", Role.Auditor, ""))[0].Nodes[0].Healthy);
    }

    [Theory]
    [InlineData(null, "comes after job 1, which is not done")]
    [InlineData("en-US,en;q=0.9,ko;q=0.8", "comes after job 1, which is not done")]
    [InlineData("fr", "comes after job 1, which is not done")]
    [InlineData("ko;q=0", "comes after job 1, which is not done")]
    [InlineData("ko", "먼저 끝나야 할 작업: 1")]
    [InlineData("fr, ko-KR;q=0.9, en;q=0.8", "먼저 끝나야 할 작업: 1")]
    public async Task Answer_IsInTheLanguageThatIsAskedFor(string? languages, string said)
    {
        await Ask("POST", "jobs", """{"command":["true"]}""", _keys["operator"]);
        await Ask("POST", "jobs", """{"command":["true"],"after":[1]}""", _keys["operator"]);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _keys["operator"]);
        if (languages is not null) client.DefaultRequestHeaders.Add("Accept-Language", languages);

        using var answer = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync($"{_app.Urls.First()}/compute/v1/jobs/2"));

        Assert.Equal(("time", said), (answer.RootElement.GetProperty("why").GetProperty("chain")[0].GetProperty("gate").GetString(), answer.RootElement.GetProperty("why").GetProperty("chain")[0].GetProperty("found").GetString()));
    }

    [Fact]
    public void Warnings_WhereTenantsShareAUser_NameThemAndTheWayOut()
    {
        var local = ComputeConfig.Local(1);
        ApiKey Key(string tenant, Role role) => new("a", tenant, role, "");

        var warning = Assert.Single(ComputeServer.Warnings(local with { Tenants = [new() { Path = "a" }] }, [Key("b", Role.Member), Key("c", Role.Admin), Key("d/e", Role.Member), Key("v", Role.Viewer)]));
        Assert.StartsWith("pool local: jobs of all tenants (a, b, c and 1 more) run as one user and can read each other's files and logs", warning, StringComparison.Ordinal);
        Assert.EndsWith("set engine_settings.uids, as 70000-70999.", warning, StringComparison.Ordinal);
        Assert.Empty(ComputeServer.Warnings(local, [Key("b", Role.Member), Key("b", Role.Admin), Key("local", Role.Operator)]));
        Assert.Empty(ComputeServer.Warnings(local with { Pools = [local.Pools[0] with { EngineSettings = new Dictionary<string, string> { ["uids"] = "70000-70999" } }] }, [Key("b", Role.Member), Key("c", Role.Member)]));
    }

    /// <summary>Names and mistyped numbers are not every address of the machine.</summary>
    [Theory]
    [InlineData("http://256.1.1.1:8090", null, "--urls: http://256.1.1.1:8090; expected http:// with an IP address, localhost or *, and a port")]
    [InlineData("http://some-host:8090", null, "--urls: http://some-host:8090; expected")]
    [InlineData("https://127.0.0.1:8090", null, "--urls: https://127.0.0.1:8090; expected")]
    [InlineData("http://127.0.0.1:8090/path", null, "--urls: http://127.0.0.1:8090/path; expected")]
    [InlineData("nonsense", null, "--urls: nonsense; expected")]
    [InlineData("http://127.0.0.1:0", "compute.db", "--state: ")]
    public async Task Run_WhereItCannotBe_SaysSo(string url, string? state, string expected)
    {
        var fault = await Assert.ThrowsAsync<UserInputException>(() => ComputeServer.RunAsync(ComputeConfig.Local(1), Path.Combine(_folder, state ?? "other"), null, url, null, CancellationToken.None));

        Assert.StartsWith(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_ThatIsTooLong_IsRefusedInWords()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_app.Urls.First()}/compute/v1/jobs") { Content = new ByteArrayContent(new byte[10_000_000]) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _keys["operator"]);
        request.Headers.ExpectContinue = true;
        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("body: longer than 1048576 bytes", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "400", "body: Bad chunk size data.")]
    [InlineData("Content-Length: 300\r\n\r\n{\"com", "408", "body: Reading the request body timed out")]
    public async Task Body_ThatIsNoneOrNeverComes_IsAProblem(string rest, string status, string expected)
    {
        using var client = new System.Net.Sockets.TcpClient("127.0.0.1", new Uri(_app.Urls.First()).Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /compute/v1/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: bearer {_keys["personnel"]}\r\n{rest}"));
        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains(expected, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_MoreThanMayWait_AreTooMany_AndADatabaseThatIsGoneIsNotNow()
    {
        var key = new ApiKey("o", "local", Role.Operator, "");
        var (waiting, word) = (0, new string('a', 131_000));
        // 64 MiB of commands are as many as ten thousand jobs.
        while (waiting < 1000 && (await Ask("POST", "jobs", $$"""{"command":["{{word}}"],"tenant":"mnd/personnel"}""", _keys["personnel"])) is { Status: HttpStatusCode.Created }) waiting++;
        var answer = await Ask("POST", "jobs", """{"command":["true"]}""", _keys["personnel"]);
        Assert.Equal((HttpStatusCode)429, answer.Status);
        Assert.Contains($"max_waiting: the {waiting} jobs of mnd/personnel that wait have commands of 64 MiB together; expected fewer before another.", answer.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await Ask("POST", "jobs", """{"command":["true"]}""", _keys["operator"])).Status);

        File.Move(Path.Combine(_folder, "compute.db"), Path.Combine(_folder, "away"));
        answer = await Ask("POST", "jobs", """{"command":["true"]}""", _keys["operator"]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Contains("the database cannot be used: ", answer.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Ask("GET", "jobs/1", key: _keys["personnel"])).Status);
        File.Move(Path.Combine(_folder, "away"), Path.Combine(_folder, "compute.db"));
        Assert.Equal(waiting + 1, _service.List(key).Count);
    }

    [Fact]
    public async Task Log_InPieces_CutsNoLetter()
    {
        Assert.Equal(HttpStatusCode.Created, (await Ask("POST", "jobs", """{"command":["true"]}""", _keys["personnel"])).Status);
        var text = "a" + string.Concat(Enumerable.Repeat("가漢😀", 20_000));
        var file = _service.LogFile(1, new ApiKey("o", "local", Role.Operator, ""));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text);
        var (read, offset) = (new StringBuilder(), 0L);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _keys["personnel"]);
        async Task<string> Piece(string query)
        {
            using var answer = await client.GetAsync($"{_app.Urls.First()}/compute/v1/jobs/1/log?{query}");
            offset = long.Parse(answer.Headers.GetValues("X-Next-Offset").Single(), System.Globalization.CultureInfo.InvariantCulture);
            return await answer.Content.ReadAsStringAsync();
        }

        while (await Piece($"offset={offset}") is { Length: > 0 } piece) read.Append(piece);

        Assert.Equal(text, read.ToString());
        var last = await Piece("tail=100");
        Assert.EndsWith(last, text, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(last), 97, 100);
        Assert.Equal(Encoding.UTF8.GetByteCount(text), offset);
        // What ends in the middle of a letter and does not grow is given as it is.
        await File.WriteAllBytesAsync(file, [0xEA, 0xB0]);
        Assert.NotEmpty(await Piece("offset=0"));
    }

    [Fact]
    public async Task Jobs_InPages_AreAllReachedAndFound()
    {
        for (var i = 0; i < 60; i++) _service.Submit(new() { Command = ["sleep", "1"], Name = i % 10 == 0 ? "Ｔｒａｉｎ 訓練" : "other", Tenant = "mnd/personnel" }, new ApiKey("o", "local", Role.Operator, ""));
        _service.Submit(new() { Command = ["secret"], Tenant = "mnd/finance" }, new ApiKey("o", "local", Role.Operator, ""));
        async Task<(List<long> Ids, int? Matched)> Pages(string query)
        {
            var (ids, matched, beyond) = (new List<long>(), (int?)null, "");
            while (true)
            {
                var page = System.Text.Json.Nodes.JsonNode.Parse((await Ask("GET", $"jobs?{query}{beyond}", key: _keys["personnel"])).Body)!;
                ids.AddRange(page["jobs"]!.AsArray().Select(job => (long)job!["job"]!["id"]!));
                matched = (int?)page["matched"];
                if (page["next"] is null) return (ids, matched);
                beyond = $"&beyond={page["next"]}";
            }
        }

        Assert.Equal(Enumerable.Range(1, 60).Select(id => (long)id), (await Pages("view=pending&limit=25")).Ids);
        Assert.Equal(60, (await Pages("view=open&limit=7")).Matched);
        Assert.Equal([1L, 11, 21, 31, 41, 51], (await Pages($"view=pending&limit=2&text={Uri.EscapeDataString("train 訓")}")).Ids);
        Assert.Equal([7L], (await Pages("view=open&text=7")).Ids);
        Assert.Empty((await Pages("view=open&text=secret")).Ids);
        for (var id = 1L; id <= 60; id++) _service.Cancel(id, new ApiKey("o", "local", Role.Operator, ""));
        Assert.Equal(Enumerable.Range(1, 60).Reverse().Select(id => (long)id), (await Pages("view=over&limit=25")).Ids);
        Assert.Equal([51L, 41, 31, 21, 11, 1], (await Pages($"view=over&limit=4&text={Uri.EscapeDataString("TRAIN")}")).Ids);
        Assert.Empty((await Pages("view=open")).Ids);
    }

    [Fact]
    public async Task Job_OfAnotherTenant_IsNotFoundByAnyPath()
    {
        Assert.Equal(HttpStatusCode.Created, (await Ask("POST", "jobs", """{"command":["true"]}""", _keys["personnel"])).Status);

        foreach (var (method, path) in new[] { ("GET", "jobs/1"), ("GET", "jobs/1/log"), ("GET", "jobs/1/files"), ("GET", "jobs/1/files/model.gguf"), ("GET", "jobs/1/files/%2e%2e/log"), ("DELETE", "jobs/1"), ("GET", "jobs/999999999999") })
            Assert.Equal(HttpStatusCode.NotFound, (await Ask(method, path, key: _keys["finance"])).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask("DELETE", "jobs/1", key: _keys["viewer"])).Status);
        Assert.Contains("\"mnd/personnel\"", (await Ask("GET", "jobs/1", key: _keys["viewer"])).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"command":[]}""", "command: it is empty")]
    [InlineData("""{"command":["true"],"devices":-1}""", "devices: -1; expected 1 to 10000 per worker.")]
    [InlineData("""{"command":["true"],"devices":99999999999999999999}""", "body:")]
    [InlineData("""{"command":["true"],"devices":5}""", "size: 5 devices for a worker; the largest node has 2. Change: at most 2 devices per worker.")]
    [InlineData("""{"command":["true"],"no_such_key":1}""", "no_such_key: unknown key; expected one of command, tenant,")]
    [InlineData("""{"command":["true"],"device":1}""", "device: unknown key; expected one of command, tenant, name, folder, workers, devices, kind, pool, label, priority, topology, estimate_seconds, max_run_seconds, preemptible, after, retries. Did you mean devices?")]
    [InlineData("""{"command":["true"],"devices":1,"devices":2}""", "body: devices: given twice; expected once.")]
    [InlineData("""{"command":["true"],"devices":1e999}""", "body: devices: another kind of value; expected a whole number up to 2147483647.")]
    [InlineData("""{"command":["true"],"devices":"2"}""", "body: devices: another kind of value")]
    [InlineData("""{"command":["true"],"workers":-1}""", "workers: -1; expected 1 to 100000.")]
    [InlineData("""{"command":["true"],"priority":101}""", "priority: 101; expected 0 to 100.")]
    [InlineData("""{"command":["true"],"retries":-1}""", "retries: -1; expected 0 to 100.")]
    [InlineData("""{"command":["true"],"estimate_seconds":1e999}""", "estimate_seconds: Infinity; expected more than 0 and less than 1000000000.")]
    [InlineData("""{"command":["true"],"max_run_seconds":-1}""", "max_run_seconds: -1; expected more than 0 and less than 1000000000.")]
    [InlineData("""{"command":["true"],"max_run_seconds":"NaN"}""", "max_run_seconds: another kind of value; expected a number.")]
    [InlineData("""{"command":["true"],"label":"secret"}""", "label: another kind of value; expected one of open, sensitive, classified.")]
    [InlineData("""{"command":null}""", "body: command: null; expected a value.")]
    [InlineData("""{"name":"x"}""", "body: command: missing; expected a value.")]
    [InlineData("""{"command":["true"],"name":"a\u001b[31m"}""", "name: \\\"a?[31m\\\"; expected a text without control characters.")]
    [InlineData("[]", "body: the whole: another kind of value; expected an object.")]
    [InlineData("", "body: not JSON: ")]
    [InlineData("""{"command":["true"],"tenant":"mnd/finance"}""", "may not submit mnd/finance")]
    [InlineData("""{"command":["true"],"tenant":"../x"}""", "tenant: ../x; expected organisation")]
    [InlineData("""{"command":["true"],"after":[77]}""", "after: job 77 does not exist")]
    [InlineData("not json", "body:")]
    [InlineData("""{"command":["true"],"tenant":"mnd/personnel/ｋｉｍ"}""", "tenant: mnd/personnel/ｋｉｍ; expected organisation")]
    [InlineData("""{"command":["true"],"tenant":"mnd/personnel/кim"}""", "tenant: mnd/personnel/кim; expected organisation")]
    [InlineData("""{"command":["true"],"name":"\u202egnp.exe"}""", "name: \\\"?gnp.exe\\\"; expected a text without control characters.")]
    [InlineData("""{"command":["true"],"folder":"/tmp/\u001b[31m"}""", "folder: \\\"/tmp/?[31m\\\"; expected an absolute path without control characters.")]
    [InlineData("""{"command":["a\u0000b"]}""", "command: it has a NUL character; expected words without")]
    public async Task Submit_WrongInput_IsAProblemThatNamesIt(string body, string expected)
    {
        var answer = await Ask("POST", "jobs", body, _keys["personnel"]);

        Assert.InRange((int)answer.Status, 400, 403);
        Assert.Contains(expected, answer.Body, StringComparison.Ordinal);
        Assert.Contains("\"status\": " + (int)answer.Status, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_CommandLongerThanAProgramTakes_IsRefused()
    {
        Assert.Contains("command: 131076 characters; expected at most 131071.", (await Ask("POST", "jobs", $$"""{"command":["true","{{new string('a', 131_072)}}"]}""", _keys["personnel"])).Body, StringComparison.Ordinal);
        Assert.Contains("after: 1001 jobs; expected at most 1000.", (await Ask("POST", "jobs", $$"""{"command":["true"],"after":[{{string.Join(',', Enumerable.Range(1, 1001))}}]}""", _keys["personnel"])).Body, StringComparison.Ordinal);
        Assert.Contains("command: 10001 words; expected at most 10000.", (await Ask("POST", "jobs", $$"""{"command":[{{string.Join(',', Enumerable.Repeat("\"a\"", 10_001))}}]}""", _keys["personnel"])).Body, StringComparison.Ordinal);
        // What is long enough to be a program's argument is too long for the audit log.
        Assert.Equal(HttpStatusCode.Created, (await Ask("POST", "jobs", $$"""{"command":["true","{{new string('a', 100_000)}}"]}""", _keys["personnel"])).Status);
        Assert.EndsWith("… (100005 characters)", _store.AuditLog(1)[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grant_NobodyGivesWhatHeDoesNotHave()
    {
        Assert.Equal(HttpStatusCode.Created, (await Ask("POST", "keys", """{"name":"a","tenant":"mnd/finance/kim","role":"member"}""", _keys["finance"])).Status);
        foreach (var body in new[] { """{"name":"a","tenant":"mnd/personnel","role":"viewer"}""", """{"name":"a","tenant":"mnd/finance","role":"operator"}""", """{"name":"a","tenant":"mnd/finance","role":"auditor"}""" })
            Assert.Equal(HttpStatusCode.Forbidden, (await Ask("POST", "keys", body, _keys["finance"])).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask("GET", "audit", key: _keys["finance"])).Status);
        Assert.DoesNotContain(_keys["finance"], (await Ask("GET", "audit", key: _keys["operator"])).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_LoadsNothingFromElsewhere()
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(_app.Urls.First() + "/");

        Assert.Contains("거북 연산 자원", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Body)> Ask(string method, string path, string? body = null, string key = "")
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{_app.Urls.First()}/compute/v1/{path}");
        if (key.Length > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
