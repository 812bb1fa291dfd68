using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Geobuk.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Geobuk.Server.Tests.Hosting;

[Collection(ServerCollection.Name)]
public sealed class TraceExportTests(ServerFixture fixture)
{
    [Fact]
    public async Task Requests_AreToldToTheCollector_WithoutTheirText()
    {
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = WebApplication.CreateSlimBuilder().Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/v1/traces", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.TrySetResult(body.ToArray());
        });
        await collector.StartAsync();

        await using (var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, TraceEndpoint = new Uri(collector.Urls.Single()) }))
        {
            await server.PostOkAsync("/v1/completions", """{"model":"reciting","prompt":"secret-prompt","max_tokens":3}""");
            await server.App.StopAsync();
        }

        var spans = Encoding.UTF8.GetString(await received.Task.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("reciting", spans);
        Assert.Contains("gen_ai.usage.output_tokens", spans);
        Assert.DoesNotContain("secret-prompt", spans);
    }

    [Fact]
    public async Task Requests_ThatAClientLeft_HaveSpansWithAnError()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == TraceExport.SourceName, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData, ActivityStopped = spans.Enqueue };
        ActivitySource.AddActivityListener(listener);
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true });

        using (await server.OpenStreamAsync("/v1/completions", """{"model":"endless","prompt":"네?","max_tokens":15999,"stream":true}""")) { }
        await server.WaitForAsync(running: 0);
        await server.PostOkAsync("/v1/completions", """{"model":"endless","prompt":"네?","max_tokens":3}""");
        await server.WaitForAsync(running: 0);

        var ours = spans.Where(span => span.DisplayName == "text_completion endless").ToDictionary(span => (int)span.GetTagItem("gen_ai.request.max_tokens")!);
        Assert.Equal((ActivityStatusCode.Error, "_OTHER"), (ours[15999].Status, ours[15999].GetTagItem("error.type")));
        Assert.Equal((ActivityStatusCode.Unset, null), (ours[3].Status, ours[3].GetTagItem("error.type")));
    }
}
