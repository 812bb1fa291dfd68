using System.ClientModel;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using OpenAI;

namespace Geobuk.Server.Tests;

/// <summary>A server on a free port of 127.0.0.1, and the ways to ask it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private RunningServer(WebApplication app)
    {
        App = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(3) };
    }

    public WebApplication App { get; }

    public HttpClient Http { get; }

    public static async Task<RunningServer> StartAsync(IReadOnlyList<ServedModel> models, ServerOptions? options = null)
    {
        var app = GeobukServer.Build(models, (options ?? new ServerOptions { Quiet = true }) with { Urls = ["http://127.0.0.1:0"] });
        await app.StartAsync();
        return new RunningServer(app);
    }

    /// <summary>The official client, as a user would set it up; it does not try again on errors.</summary>
    public OpenAIClient OpenAI(string key = "any-key") => new(new ApiKeyCredential(key), new OpenAIClientOptions
    {
        Endpoint = new Uri(Http.BaseAddress!, "/v1"),
        RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0),
    });

    public Task<HttpResponseMessage> PostAsync(string path, string json) =>
        Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public async Task<JsonNode> PostOkAsync(string path, string json)
    {
        using var response = await PostAsync(path, json);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonNode.Parse(body)!;
    }

    /// <summary>Posts what must fail, and gives the status and the inner error object.</summary>
    public async Task<(HttpStatusCode Status, JsonNode Error)> PostFailingAsync(string path, string json)
    {
        using var response = await PostAsync(path, json);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return (response.StatusCode, body["error"] ?? body);
    }

    /// <summary>Begins a streamed answer and returns once its first event is here.</summary>
    public async Task<OpenStream> OpenStreamAsync(string path, string json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var stream = new OpenStream(response, reader);
        await stream.ReadEventAsync();
        return stream;
    }

    /// <summary>Waits until /health shows these numbers.</summary>
    public async Task WaitForAsync(int running, int waiting = 0)
    {
        for (var i = 0; i < 1200; i++)
        {
            var health = JsonNode.Parse(await Http.GetStringAsync("/health"))!;
            if ((int)health["running"]! == running && (int)health["waiting"]! == waiting) return;
            await Task.Delay(50);
        }
        Assert.Fail($"the server never came to {running} running and {waiting} waiting");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
    }
}
