using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;
using Microsoft.AspNetCore.Http;

namespace Geobuk.Server.Tests.Api;

/// <summary>Streams before another server: what a client hears while it waits, and how they end.</summary>
public sealed class UpstreamStreamTests
{
    private const string Stream = """{"model":"x","prompt":"secret-prompt","stream":true,"max_tokens":9,"temperature":0.5}""", Whole = """{"model":"x","prompt":"y"}""";
    private const string Event = "data: {\"choices\":[{\"text\":\"가\",\"finish_reason\":null}]}\n\n";
    private const string Last = "data: {\"choices\":[{\"text\":\"나\",\"finish_reason\":\"length\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":1}}}\n\ndata: [DONE]\n\n";
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(30);
    private static readonly Func<ServerOptions, ServerOptions> s_pings = options => options with { PingInterval = s_soon };

    [Fact]
    public async Task Stream_ThatWaits_IsToldItsPlaceAndThenItsAnswer()
    {
        var release = new TaskCompletionSource();
        await using var upstream = await StandInUpstream.StartAsync(async context =>
        {
            await StandInUpstream.SendAsync(context, Event);
            await release.Task;
            await StandInUpstream.SendAsync(context, Last);
        });
        await using var front = await StartAsync(upstream);
        using var first = await OpenAsync(front, Stream);
        Assert.Equal(Event.Trim(), await first.ReadLineAsync());
        using var second = await OpenAsync(front, Stream);
        Assert.Equal(": queue 1", await second.ReadLineAsync());
        using var third = await OpenAsync(front, Stream);
        Assert.Equal(": queue 2", await third.ReadLineAsync());
        await front.WaitForAsync(running: 1, waiting: 2);
        // Whoever leaves the queue makes room in it.
        using (var fourth = await OpenAsync(front, Stream)) Assert.Equal(": queue 3", await fourth.ReadLineAsync());
        await front.WaitForAsync(running: 1, waiting: 2);

        release.SetResult();

        foreach (var stream in new[] { second, third })
        {
            var lines = (await stream.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != ':').ToList();
            Assert.Equal(Event.Trim(), lines[0]);
            Assert.Equal("data: [DONE]", lines[^1]);
            Assert.DoesNotContain(lines, line => line.Contains("usage", StringComparison.Ordinal));
        }
        await front.WaitForAsync(running: 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_OfASilentUpstream_IsKeptAliveBetweenItsEvents(bool hasBegun)
    {
        var release = new TaskCompletionSource();
        await using var upstream = await StandInUpstream.StartAsync(async context =>
        {
            // Half an event must not be torn by a comment.
            if (hasBegun) await StandInUpstream.SendAsync(context, Event[..9]);
            await release.Task;
            await StandInUpstream.SendAsync(context, (hasBegun ? Event[9..] : Event) + Last);
        });
        await using var front = await StartAsync(upstream, s_pings);

        using var stream = await OpenAsync(front, Stream);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(": ping", await stream.ReadLineAsync());
            Assert.Equal("", await stream.ReadLineAsync());
        }
        release.SetResult();

        var lines = (await stream.ReadToEndAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(line => line != ": ping").ToList();
        Assert.Equal(Event.Trim(), lines[0]);
        Assert.Equal("data: [DONE]", lines[^1]);
    }

    [Theory]
    [InlineData("""{"error":{"message":"No such model.","type":"NotFoundError","param":"model","code":404}}""", "No such model.", "404")]
    [InlineData("<html>", "The model server behind this one answered 404 and no stream.", "upstream_refused")]
    public async Task Stream_RefusedAfterItsFirstComment_EndsWithTheRefusalAsAnEvent(string refusal, string message, string code)
    {
        var release = new TaskCompletionSource();
        await using var upstream = await StandInUpstream.StartAsync(async context =>
        {
            await release.Task;
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync(refusal);
        });
        await using var front = await StartAsync(upstream, s_pings);

        using var stream = await OpenAsync(front, Stream);
        Assert.Equal(": ping", await stream.ReadLineAsync());
        release.SetResult();

        var error = LastError(await stream.ReadToEndAsync());
        Assert.Equal((message, code), ((string?)error["message"], (string?)error["code"]));
    }

    [Fact]
    public async Task Stream_ThatTheUpstreamBreaksOff_EndsWithAnError()
    {
        var release = new TaskCompletionSource();
        await using var upstream = await StandInUpstream.StartAsync(async context =>
        {
            await StandInUpstream.SendAsync(context, Event);
            await release.Task;
            context.Abort();
        });
        await using var front = await StartAsync(upstream);

        using var stream = await OpenAsync(front, Stream);
        Assert.Equal(Event.Trim(), await stream.ReadLineAsync());
        release.SetResult();

        Assert.Equal("upstream_broken", (string?)LastError(await stream.ReadToEndAsync())["code"]);
        Assert.Contains("geobuk_requests_total{outcome=\"error\"} 1\n", await front.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task Request_ThatWaitsLongerThanItMay_Is504AndTheQueueIsEmptyAgain()
    {
        await using var upstream = await StandInUpstream.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var front = await StartAsync(upstream, options => options with { RequestTimeout = TimeSpan.FromSeconds(1), QueueLimit = 1 });
        var both = new[] { front.PostFailingAsync("/v1/completions", Whole), front.PostFailingAsync("/v1/completions", Whole) };
        await front.WaitForAsync(running: 1, waiting: 1);

        Assert.Equal("queue_full", (string?)(await front.PostFailingAsync("/v1/completions", Whole)).Error["code"]);

        foreach (var (status, error) in await Task.WhenAll(both)) Assert.Equal((HttpStatusCode.GatewayTimeout, "upstream_timeout"), (status, (string?)error["code"]));
        await front.WaitForAsync(running: 0);
    }

    [Fact]
    public async Task Request_ThatWouldWaitLongerThanItMay_IsTurnedAwayThoughTheQueueHasRoom()
    {
        await using var upstream = await StandInUpstream.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var front = await StartAsync(upstream, options => options with { RequestTimeout = TimeSpan.FromSeconds(12.5) });
        using var leaving = new CancellationTokenSource();
        // A place is held for a second, as far as is known at first: after one that runs and twelve that wait it takes longer than 12.5.
        var others = Enumerable.Range(0, 13).Select(_ => front.Http.PostAsync("/v1/completions", new StringContent(Whole, System.Text.Encoding.UTF8, "application/json"), leaving.Token)).ToList();
        await front.WaitForAsync(running: 1, waiting: 12);

        using var refused = await front.PostAsync("/v1/completions", Whole);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(1, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        await leaving.CancelAsync();
        foreach (var other in others) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }

    [Fact]
    public async Task Stop_TurnsAwayWhoWaitsAndEndsAnswersAfterTheGrace()
    {
        var began = new TaskCompletionSource();
        await using var upstream = await StandInUpstream.StartAsync(async context =>
        {
            await StandInUpstream.SendAsync(context, Event);
            began.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var front = await StartAsync(upstream, options => options with { ShutdownGrace = TimeSpan.FromSeconds(2) });
        using var running = await OpenAsync(front, Stream);
        await began.Task;
        var waiting = front.PostFailingAsync("/v1/completions", Whole);
        await front.WaitForAsync(running: 1, waiting: 1);

        var stopping = front.App.StopAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "shutting_down"), ((await waiting).Status, (string?)(await waiting).Error["code"]));
        Assert.False(stopping.IsCompleted);
        Assert.Equal("shutting_down", (string?)LastError(await running.ReadToEndAsync())["code"]);
        await stopping;
    }

    [Fact]
    public async Task Requests_HaveSpans_WithoutTheirText()
    {
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == TraceExport.SourceName, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData, ActivityStopped = spans.Enqueue };
        ActivitySource.AddActivityListener(listener);
        await using var upstream = await StandInUpstream.StartAsync(context =>
        {
            if (context.Request.Path.Value!.EndsWith("/embeddings", StringComparison.Ordinal)) context.Response.StatusCode = 503;
            return context.Response.StatusCode == 503 ? Task.CompletedTask : StandInUpstream.SendAsync(context, Event + Last);
        });
        await using var front = await StartAsync(upstream);
        using (var stream = await OpenAsync(front, Stream)) await stream.ReadToEndAsync();
        using (await front.PostAsync("/v1/embeddings", """{"model":"x","input":"secret-prompt"}""")) { }
        using (await front.PostAsync("/v1/tokenize", """{"model":"x","prompt":"secret-prompt"}""")) { }
        await front.WaitForAsync(running: 0);

        // Other tests of this process may have spans of their own.
        var ours = spans.Where(span => span.GetTagItem("server.port") is int port && port == upstream.Address.Port).ToList();

        Assert.Equal(["text_completion x", "embeddings x"], ours.Select(span => span.DisplayName));
        var tags = ours[0].TagObjects.ToDictionary();
        foreach (var (name, value) in new Dictionary<string, object> { ["gen_ai.operation.name"] = "text_completion", ["gen_ai.request.model"] = "x", ["gen_ai.request.max_tokens"] = 9, ["gen_ai.request.temperature"] = 0.5, ["gen_ai.usage.input_tokens"] = 3, ["gen_ai.usage.output_tokens"] = 2, ["gen_ai.usage.cache_read.input_tokens"] = 1 })
            Assert.Equal(value, tags[name]);
        Assert.Equal(["length"], (string[])tags["gen_ai.response.finish_reasons"]!);
        Assert.Equal((ActivityKind.Client, ActivityStatusCode.Unset), (ours[0].Kind, ours[0].Status));
        Assert.Equal((ActivityStatusCode.Error, "error"), (ours[1].Status, ours[1].GetTagItem("error.type")));
        Assert.DoesNotContain(ours.SelectMany(span => span.TagObjects), tag => $"{tag.Value}".Contains("secret", StringComparison.Ordinal));
    }

    private static Task<RunningServer> StartAsync(StandInUpstream upstream, Func<ServerOptions, ServerOptions>? change = null)
    {
        var options = new ServerOptions { Quiet = true, Upstream = upstream.Address, Parallel = 1, QueueNotice = s_soon };
        return RunningServer.StartAsync([], change?.Invoke(options) ?? options);
    }

    private static async Task<StreamReader> OpenAsync(RunningServer front, string json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        var response = await front.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static JsonNode LastError(string stream)
    {
        var last = stream.Trim().Split("\n\n")[^1];
        Assert.StartsWith("data: ", last);
        return JsonNode.Parse(last["data: ".Length..])!["error"]!;
    }
}
