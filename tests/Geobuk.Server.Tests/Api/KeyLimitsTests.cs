using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class KeyLimitsTests(ServerFixture fixture) : IAsyncLifetime
{
    private const string Text = "/v1/completions";
    private const string Short = """{"model":"endless","prompt":"네?","max_tokens":3}""";
    private readonly string _file = Path.GetTempFileName();
    private RunningServer? _server;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_file, "user-key-1 role=user requests=2\nwatch-key-1 role=metrics\nsmall-key-1 tokens=40\nsingle-key-1 concurrent=1\nother-key-1 labels=대외비\nplain-key-1\n");
        _server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, ApiKeysFile = _file });
    }

    public async Task DisposeAsync()
    {
        await _server!.DisposeAsync();
        File.Delete(_file);
    }

    [Theory]
    [InlineData("user-key-1", "/metrics", HttpStatusCode.Forbidden)]
    [InlineData("watch-key-1", "/metrics", HttpStatusCode.OK)]
    [InlineData("watch-key-1", "/v1/models", HttpStatusCode.Forbidden)]
    [InlineData("plain-key-1", "/metrics", HttpStatusCode.OK)]
    [InlineData("user-key-1", "/v1/models", HttpStatusCode.OK)]
    public async Task Get_ByRole_IsAllowedOrNot(string key, string path, HttpStatusCode expected)
    {
        using var response = await SendAsync(key, HttpMethod.Get, path, null);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Post_RequestsUsedUp_Is429WithRetryAfterAndOthersPass()
    {
        foreach (var _ in new[] { 1, 2 }) Assert.Equal(HttpStatusCode.OK, (await SendAsync("user-key-1", HttpMethod.Post, Text, Short)).StatusCode);

        using var third = await SendAsync("user-key-1", HttpMethod.Post, Text, Short);
        var error = JsonNode.Parse(await third.Content.ReadAsStringAsync())!["error"]!;

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal("rate_limit_exceeded", (string?)error["code"]);
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("plain-key-1", HttpMethod.Post, Text, Short)).StatusCode);
    }

    [Fact]
    public async Task Post_TokensUsedUp_CountsPromptAndAnswer()
    {
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("small-key-1", HttpMethod.Post, Text, Short.Replace(":3", ":30"))).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync("small-key-1", HttpMethod.Post, Text, Short.Replace(":3", ":30"))).StatusCode);
    }

    [Fact]
    public async Task Post_SecondAtOnce_IsRefusedUntilTheFirstEnds()
    {
        using var first = await SendAsync("single-key-1", HttpMethod.Post, Text, """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync("single-key-1", HttpMethod.Post, Text, Short)).StatusCode);
        first.Dispose();
        for (var i = 0; i < 1000; i++)
        {
            using var next = await SendAsync("single-key-1", HttpMethod.Post, Text, Short);
            if (next.StatusCode == HttpStatusCode.OK) return;
            await Task.Delay(50);
        }
        Assert.Fail("the place never came free");
    }

    [Fact]
    public async Task Post_SamePromptUnderOtherLabels_FindsNothingInTheCache()
    {
        var body = $$"""{"model":"random","prompt":"{{string.Concat(Enumerable.Repeat("휴가", 40))}}","max_tokens":2}""";
        Assert.Equal(0, await CachedAsync("other-key-1", body));
        Assert.True(await CachedAsync("other-key-1", body) > 30);
        Assert.Equal(0, await CachedAsync("plain-key-1", body));
        Assert.True(await CachedAsync("single-key-1", body) > 30);
    }

    private async Task<int> CachedAsync(string key, string body)
    {
        using var response = await SendAsync(key, HttpMethod.Post, Text, body);
        return (int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["usage"]!["prompt_tokens_details"]!["cached_tokens"]!;
    }

    private Task<HttpResponseMessage> SendAsync(string key, HttpMethod method, string path, string? json)
    {
        var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return _server!.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
