using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Geobuk.EndToEnd.Tests.Runs;

namespace Geobuk.EndToEnd.Tests.Serving;

/// <summary><c>geobuk serve --upstream</c> told to stop, from the outside.</summary>
public sealed partial class UpstreamDrainTests : RunFixture
{
    private const string Event = "data: {\"choices\":[{\"text\":\"가\"}]}\n\n";

    [Theory]
    [InlineData("2", false, "shutting_down")]
    [InlineData("60", true, "data: [DONE]")]
    public async Task Serve_ToldToStop_LetsAnAnswerEndWithinTheGrace(string grace, bool ends, string last)
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        var finish = new TaskCompletionSource();
        var answering = AnswerAsync(upstream, finish.Task);
        using var serve = Start("serve", "--upstream", $"http://{upstream.LocalEndpoint}", "--urls", "http://127.0.0.1:0", "--grace", grace);
        serve.WaitFor("listening on ");
        using var http = new HttpClient { BaseAddress = new Uri(Listening().Match(serve.Error).Groups[1].Value) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent("""{"model":"x","prompt":"y","stream":true}""", Encoding.UTF8, "application/json") };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var stream = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal(Event.Trim(), await stream.ReadLineAsync());

        var watch = Stopwatch.StartNew();
        serve.Signal("TERM");
        serve.WaitFor("stopping; running answers may take ");
        if (ends) finish.SetResult();

        var rest = (await stream.ReadToEndAsync()).Trim();
        Assert.Contains(last, rest[(rest.LastIndexOf('\n') + 1)..]);
        Assert.Equal(0, serve.Wait());
        // The grace was waited for, or what ended sooner was not waited for.
        Assert.True(ends ? watch.Elapsed < TimeSpan.FromSeconds(50) : watch.Elapsed >= TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
        finish.TrySetResult();
        await answering;
    }

    /// <summary>Answers one request with a stream of two events, the second when told.</summary>
    private static async Task AnswerAsync(TcpListener upstream, Task finish)
    {
        using var client = await upstream.AcceptTcpClientAsync();
        var connection = client.GetStream();
        Assert.True(await connection.ReadAsync(new byte[4096]) > 0);
        await connection.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{Event}"));
        await finish;
        try
        {
            await connection.WriteAsync(Encoding.UTF8.GetBytes(Event + "data: [DONE]\n\n"));
        }
        catch (IOException)
        {
            // The server that asked has gone.
        }
    }

    [GeneratedRegex("listening on (http://[^ \r\n]+)")]
    private static partial Regex Listening();
}
