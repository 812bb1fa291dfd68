using System.ClientModel;
using System.Net;
using System.Net.Http.Headers;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class AccessTests(ServerFixture fixture) : IAsyncLifetime
{
    private const string Key = "거북-key-0123456789";
    private readonly string _file = Path.GetTempFileName();
    private RunningServer? _server;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_file, $"# the keys\nother-key-abcdefgh\n\n  {Key}  \n");
        _server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, ApiKeysFile = _file });
    }

    public async Task DisposeAsync()
    {
        await _server!.DisposeAsync();
        File.Delete(_file);
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/nothing")]
    [InlineData("/metrics")]
    public async Task Get_NoKey_Is401(string path)
    {
        using var response = await _server!.Http.GetAsync(path);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    public async Task Get_OpenPath_NeedsNoKey(string path)
    {
        using var response = await _server!.Http.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("other-key-abcdefg")]
    [InlineData("other-key-abcdefghi")]
    [InlineData("# the keys")]
    public async Task Models_WrongKey_Is401AndDoesNotRepeatIt(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var response = await _server!.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("invalid_api_key", body);
        Assert.DoesNotContain(key, body);
    }

    [Fact]
    public async Task Models_KeyFromTheFile_Answers()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "other-key-abcdefgh") } };
        using var response = await _server!.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task OpenAIClient_WrongKey_ThrowsWith401()
    {
        var refusal = await Assert.ThrowsAsync<ClientResultException>(() => _server!.OpenAI("wrong").GetOpenAIModelClient().GetModelsAsync());

        Assert.Equal(401, refusal.Status);
    }

    [Fact]
    public async Task WithoutKeys_ForeignHostName_Is403()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Host = "rebound.example.com" } };
        using var response = await fixture.Server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("localhost:8080")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:8080")]
    public async Task WithoutKeys_LocalHostName_Passes(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Headers = { Host = host } };
        using var response = await fixture.Server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
