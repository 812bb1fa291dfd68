using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Service;
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
        _app = ComputeServer.Build(_service, _store, "http://127.0.0.1:0");
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
    [InlineData("""{"command":["true"],"no_such_key":1}""", "no_such_key")]
    [InlineData("""{"command":["true"],"tenant":"mnd/finance"}""", "may not submit mnd/finance")]
    [InlineData("""{"command":["true"],"tenant":"../x"}""", "tenant: ../x; expected organisation")]
    [InlineData("""{"command":["true"],"after":[77]}""", "after: job 77 does not exist")]
    [InlineData("not json", "body:")]
    public async Task Submit_WrongInput_IsAProblemThatNamesIt(string body, string expected)
    {
        var answer = await Ask("POST", "jobs", body, _keys["personnel"]);

        Assert.InRange((int)answer.Status, 400, 403);
        Assert.Contains(expected, answer.Body, StringComparison.Ordinal);
        Assert.Contains("\"status\": " + (int)answer.Status, answer.Body, StringComparison.Ordinal);
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
