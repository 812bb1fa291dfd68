using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;
using Microsoft.AspNetCore.Http;
using OpenAI.Chat;

namespace Geobuk.Server.Tests.Api;

/// <summary>One server before another: the same answers, with the front one's keys.</summary>
[Collection(ServerCollection.Name)]
public sealed class UpstreamTests(ServerFixture fixture) : IAsyncLifetime
{
    private readonly string _file = Path.GetTempFileName();
    private RunningServer? _front;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_file, "front-key-1 requests=3\n");
        _front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = fixture.Server.Http.BaseAddress, ApiKeysFile = _file });
    }

    public async Task DisposeAsync()
    {
        await _front!.DisposeAsync();
        File.Delete(_file);
    }

    [Fact]
    public async Task Chat_ThroughTheFront_StreamsTheSameAnswer()
    {
        var client = _front!.OpenAI("front-key-1").GetChatClient("ending");
        var text = "";
        await foreach (var update in client.CompleteChatStreamingAsync(ChatMessage.CreateUserMessage("네?")))
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));

        Assert.Equal(TinyModels.Recitation, text);
        Assert.Equal(401, (await Assert.ThrowsAsync<System.ClientModel.ClientResultException>(() => _front.OpenAI("wrong").GetChatClient("ending").CompleteChatAsync("네?"))).Status);
    }

    [Fact]
    public async Task Errors_OfTheUpstream_PassThroughAndLimitsAreTheFronts()
    {
        _front!.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "front-key-1");
        var (status, error) = await _front.PostFailingAsync("/v1/chat/completions", """{"model":"none","messages":[]}""");
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (status, (string?)error["code"]));
        Assert.NotNull(JsonNode.Parse(await _front.Http.GetStringAsync("/v1/models"))!["data"]);
        await _front.PostOkAsync("/v1/completions", """{"model":"ending","prompt":"네?"}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await _front.PostFailingAsync("/v1/completions", """{"model":"ending","prompt":"네?"}""")).Status);
    }

    [Fact]
    public async Task Metrics_OfTheFront_CountWhatTheUpstreamSaysItUsed()
    {
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = fixture.Server.Http.BaseAddress });
        var whole = (await front.PostOkAsync("/v1/completions", """{"model":"ending","prompt":"네?","max_tokens":3}"""))["usage"]!;
        using var stream = await front.PostAsync("/v1/completions", """{"model":"ending","prompt":"네?","max_tokens":3,"stream":true,"stream_options":{"include_usage":true}}""");
        var text = await stream.Content.ReadAsStringAsync();
        await front.PostFailingAsync("/v1/completions", """{"model":"none","prompt":"네?"}""");

        var metrics = await front.Http.GetStringAsync("/metrics");

        Assert.Contains("data: ", text);
        Assert.Contains("geobuk_requests_total{outcome=\"answered\"} 2\n", metrics);
        Assert.Contains("geobuk_requests_total{outcome=\"error\"} 1\n", metrics);
        Assert.Contains($"geobuk_prompt_tokens_total {2 * (int)whole["prompt_tokens"]!}\n", metrics);
        Assert.Contains($"geobuk_generation_tokens_total {2 * (int)whole["completion_tokens"]!}\n", metrics);
        Assert.Contains("geobuk_requests_running 0\n", metrics);
    }

    [Fact]
    public async Task Stream_WhoseClientAskedForNoUsage_IsCountedAndPassedWithoutIt()
    {
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = fixture.Server.Http.BaseAddress });
        const string Request = """{"model":"ending","prompt":"네?","max_tokens":3,"stream":true,"seed":1}""";
        using var through = await front.PostAsync("/v1/completions", Request);
        using var direct = await fixture.Server.PostAsync("/v1/completions", Request);

        var (events, expected) = (Events(await through.Content.ReadAsStringAsync()), Events(await direct.Content.ReadAsStringAsync()));

        Assert.Equal(expected.Length, events.Length);
        Assert.DoesNotContain(events, line => line.Contains("prompt_tokens", StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        Assert.Contains("geobuk_generation_tokens_total 3\n", await front.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task Tokens_OfARefusal_ComeBack()
    {
        await File.WriteAllTextAsync(_file, "front-key-2 tokens=400\n");
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = fixture.Server.Http.BaseAddress, ApiKeysFile = _file });
        front.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "front-key-2");

        // Each would take nearly all of the minute's tokens, had it been answered.
        for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.NotFound, (await front.PostFailingAsync("/v1/completions", """{"model":"none","prompt":"네?","max_tokens":350}""")).Status);
    }

    [Theory]
    [InlineData("POST", "/v1/load_lora_adapter", HttpStatusCode.NotFound)]
    [InlineData("POST", "/v1/files", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/v1/files/x", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/v1/models/ending", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/v1/responses/resp_1", HttpStatusCode.NotFound)]
    [InlineData("POST", "/v1/chat%2fcompletions", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/models/..%2f..%2fmetrics", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/v1/models/%2e%2e%5cmetrics", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/v1/models/a//b", HttpStatusCode.BadRequest)]
    public async Task Upstream_OfWhatIsNotAsking_SeesNothing(string method, string path, HttpStatusCode expected)
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), UpstreamKey = "secret", RequestTimeout = TimeSpan.FromSeconds(1) });
        // As written: a client's own library would tidy it up.
        var raw = new Uri(front.Http.BaseAddress + path[1..], new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), raw) { Content = method == "GET" ? null : new StringContent("{}", System.Text.Encoding.UTF8, "application/json") };

        using var answer = await front.Http.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("/v1/models/ending", HttpStatusCode.OK)]
    [InlineData("/v1/models/skt/A.X-4.0", HttpStatusCode.NotFound)]
    public async Task Models_ByName_PassThrough(string path, HttpStatusCode expected)
    {
        _front!.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "front-key-1");
        using var answer = await _front.Http.GetAsync(path);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("", "/v1/completions?a=/v1/v1/b", "/v1/completions?a=/v1/v1/b")]
    [InlineData("v1", "/v1/completions", "/v1/completions")]
    [InlineData("v1/", "/tokenize", "/tokenize")]
    [InlineData("api/v1", "/v1/tokenize", "/api/v1/tokenize")]
    [InlineData("api", "/detokenize", "/api/detokenize")]
    public async Task Upstream_WithTheVersionInItsAddressOrWithout_IsAskedAtThePath(string below, string path, string expected)
    {
        await using var upstream = await StandInUpstream.StartAsync(context => context.Response.WriteAsJsonAsync(new { path = $"{context.Request.Path}{context.Request.QueryString}" }));
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = new Uri(upstream.Address, below) });

        Assert.Equal(expected, (string?)(await front.PostOkAsync(path, """{"model":"x","prompt":"y"}"""))["path"]);
    }

    [Fact]
    public async Task WhatNoModelComputes_IsAnsweredWhileEveryPlaceIsTaken()
    {
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = fixture.Server.Http.BaseAddress, Parallel = 1, QueueLimit = 0 });
        using var stream = await front.OpenStreamAsync("/v1/completions", """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}""");

        Assert.NotNull(JsonNode.Parse(await front.Http.GetStringAsync("/v1/models"))!["data"]);
        Assert.NotNull((await front.PostOkAsync("/v1/tokenize", """{"model":"endless","prompt":"네?"}"""))["tokens"]);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await front.PostFailingAsync("/v1/embeddings", """{"model":"endless","input":"네?"}""")).Status);
    }

    [Fact]
    public async Task Upstream_ThatIsSlow_Is504()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var silent = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = silent, RequestTimeout = TimeSpan.FromSeconds(1) });

        var (status, error) = await front.PostFailingAsync("/v1/completions", """{"model":"x","prompt":"y"}""");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "upstream_timeout"), (status, (string?)error["code"]));
        Assert.Contains("geobuk_requests_total{outcome=\"timeout\"} 1\n", await front.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task Upstream_ThatIsNotThere_Is502()
    {
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = new Uri("http://127.0.0.1:1") });

        var (status, error) = await front.PostFailingAsync("/v1/completions", """{"model":"x","prompt":"y"}""");

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_unreachable"), (status, (string?)error["code"]));
    }

    private static string[] Events(string stream) => stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
}
