using System.Net;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class ManyRequestsTests(ServerFixture fixture)
{
    private const string Text = "/v1/completions";
    private const string LongAnswer = """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}""";

    [Fact]
    public async Task EightAtOnce_Greedy_EqualOneAfterAnother()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 3 });
        var bodies = Enumerable.Range(1, 8).Select(i =>
            $$"""{"model":"random","temperature":0,"max_tokens":24,"prompt":"제{{i}}조(휴가) {{new string('가', i * 5)}}"}""").ToArray();

        var sequential = new List<string>();
        foreach (var body in bodies) sequential.Add(AnswerOf(await server.PostOkAsync(Text, body)));
        var concurrent = await Task.WhenAll(bodies.Select(async body => AnswerOf(await server.PostOkAsync(Text, body))));

        Assert.Equal(sequential, concurrent);
        Assert.True(sequential.Distinct().Count() > 1);
    }

    [Fact]
    public async Task TwoStreams_ComputedInTurns_FinishTogether()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models);
        using var longer = await server.OpenStreamAsync(Text, LongAnswer);

        // Were the places not shared fairly, this one would have to wait for fifteen thousand tokens.
        var shorter = await server.PostOkAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":30}""");

        Assert.Equal(30, (int)shorter["usage"]!["completion_tokens"]!);
        Assert.NotNull(await longer.ReadEventAsync());
    }

    [Fact]
    public async Task ClientHangsUp_GenerationStops()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models);
        using (await server.OpenStreamAsync(Text, LongAnswer)) await server.WaitForAsync(running: 1);

        await server.WaitForAsync(running: 0);

        Assert.Contains("geobuk_requests_total{outcome=\"canceled\"} 1\n", await server.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task ClientThatDoesNotStream_HangsUp_GenerationStops()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models);
        using var impatience = new CancellationTokenSource();
        var answer = server.Http.PostAsync(Text, new StringContent(LongAnswer.Replace("true", "false"), System.Text.Encoding.UTF8, "application/json"), impatience.Token);
        await server.WaitForAsync(running: 1);

        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await server.WaitForAsync(running: 0);
        Assert.Contains("geobuk_requests_total{outcome=\"canceled\"} 1\n", await server.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task QueueFull_Is429WithRetryAfter()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 1, QueueLimit = 1 });
        using var first = await server.OpenStreamAsync(Text, LongAnswer);
        using var hangUp = new CancellationTokenSource();
        var second = server.Http.PostAsync(Text, new StringContent(LongAnswer, System.Text.Encoding.UTF8, "application/json"), hangUp.Token);
        await server.WaitForAsync(running: 1, waiting: 1);

        using var third = await server.PostAsync(Text, LongAnswer);
        var error = JsonNode.Parse(await third.Content.ReadAsStringAsync())!["error"]!;

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal("queue_full", (string?)error["code"]);
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 120);
        Assert.Contains("geobuk_admission_rejections_total 1\n", await server.Http.GetStringAsync("/metrics"));
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public async Task Embeddings_WhenTheHouseIsFull_Are429AndOtherwiseCounted()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 1, QueueLimit = 0 });
        const string Texts = """{"model":"endless","input":["휴가","출장"]}""";
        var tokens = (int)(await server.PostOkAsync("/v1/embeddings", Texts))["usage"]!["total_tokens"]!;
        using var stream = await server.OpenStreamAsync(Text, LongAnswer);

        var (status, error) = await server.PostFailingAsync("/v1/embeddings", Texts);

        Assert.Equal((HttpStatusCode.TooManyRequests, "queue_full"), (status, (string?)error["code"]));
        var metrics = await server.Http.GetStringAsync("/metrics");
        Assert.Contains("geobuk_requests_total{outcome=\"answered\"} 1\n", metrics);
        Assert.Contains("geobuk_admission_rejections_total 1\n", metrics);
        Assert.Contains($"vllm:prompt_tokens_total{{engine=\"0\",model_name=\"endless\"}} {tokens}\n", metrics);
    }

    [Fact]
    public async Task Embeddings_AtTheSameTime_TakeTurnsAndLeaveNothing()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 2 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => server.PostOkAsync("/v1/embeddings", $$"""{"model":"random","input":"제{{i}}조 {{new string('가', 60)}}"}""")));

        Assert.Equal(12, answers.Length);
        await server.WaitForAsync(running: 0);
    }

    [Fact]
    public async Task FreedPlace_GoesToTheOneThatWaits()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 1, QueueLimit = 1 });
        var first = await server.OpenStreamAsync(Text, LongAnswer);
        var second = server.PostOkAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":3}""");
        await server.WaitForAsync(running: 1, waiting: 1);

        first.Dispose();

        Assert.Equal(TinyModels.Recitation[..1], AnswerOf(await second));
    }

    [Fact]
    public async Task TimeUp_WholeAnswer_Is504()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, RequestTimeout = TimeSpan.FromMilliseconds(50) });

        var (status, error) = await server.PostFailingAsync(Text, LongAnswer.Replace("true", "false"));

        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Equal("timeout", (string?)error["code"]);
    }

    [Fact]
    public async Task TimeUp_Stream_EndsWithTheError()
    {
        // A slow machine has not begun when a fast one is done.
        for (var seconds = 0.3; seconds < 10; seconds *= 2)
        {
            await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, RequestTimeout = TimeSpan.FromSeconds(seconds) });
            using var stream = await server.OpenStreamAsync(Text, LongAnswer);
            var (events, done) = await stream.ReadToEndAsync();
            if (done || events.Count < 2) continue;

            Assert.Equal("timeout", (string?)events[^1]["error"]!["code"]);
            return;
        }
        Assert.Fail("no answer was cut off");
    }

    [Fact]
    public async Task Shutdown_RunningAnswerFinishes_AndOneThatWaitsIsToldSo()
    {
        var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 1, ShutdownGrace = TimeSpan.FromMinutes(5) });
        using var running = await server.OpenStreamAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":4000,"stream":true}""");
        var waiting = server.PostFailingAsync(Text, LongAnswer);
        await server.WaitForAsync(running: 1, waiting: 1);

        var stopped = server.App.StopAsync();
        var (status, error) = await waiting;
        var (_, done) = await running.ReadToEndAsync();
        await stopped;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("shutting_down", (string?)error["code"]);
        Assert.True(done);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Shutdown_AnswerThatIsNotDoneInTime_EndsWithAnError()
    {
        var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, ShutdownGrace = TimeSpan.FromSeconds(0.2) });
        using var running = await server.OpenStreamAsync(Text, LongAnswer);

        var stopped = server.App.StopAsync();
        var (events, done) = await running.ReadToEndAsync();
        await stopped;

        Assert.False(done);
        Assert.Equal("shutting_down", (string?)events[^1]["error"]!["code"]);
        await server.DisposeAsync();
    }

    private static string AnswerOf(JsonNode answer) => (string)answer["choices"]![0]!["text"]!;
}
