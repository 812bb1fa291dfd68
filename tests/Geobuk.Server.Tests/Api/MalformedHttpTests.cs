using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Geobuk.Server.Tests.Api;

/// <summary>
/// What is no HTTP. The web server itself answers what it cannot read the head of, with a status and no body, before anything of ours sees
/// it; a body that breaks off or is torn is ours to answer. Either way the connection ends, and another client's stream goes on.
/// </summary>
[Collection(ServerCollection.Name)]
public sealed class MalformedHttpTests(ServerFixture fixture)
{
    private const string Post = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    public static TheoryData<string, string, int> Heads => new()
    {
        { "no request line", "\u0016\u0003\u0001 garbage\r\n\r\n", 400 },
        { "no version", "GET /v1/models\r\n\r\n", 505 },
        { "another version", "GET /v1/models HTTP/9.9\r\nHost: localhost\r\n\r\n", 505 },
        { "no host", "GET /v1/models HTTP/1.1\r\n\r\n", 400 },
        { "two hosts", "GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
        { "no colon", "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400 },
        { "a space before the colon", "GET /v1/models HTTP/1.1\r\nHost : localhost\r\n\r\n", 400 },
        { "a length that is none", Post + "Content-Length: many\r\n\r\n", 400 },
        { "a long request line", $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414 },
        { "a long header", $"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: {new string('a', 70_000)}\r\n\r\n", 431 },
        { "many headers", $"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: a\r\n"))}\r\n", 431 },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task Head_ThatCannotBeRead_EndsItsConnectionAlone(string what, string request, int status)
    {
        var answer = await AskAsync(request);

        Assert.True(answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal), $"{what}: {answer}");
        Assert.Contains("\r\nConnection: close\r\n", answer);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}garbage\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n{}\r\n")]
    public async Task Body_ThatIsTorn_GetsOurErrorAndEndsItsConnectionAlone(string body)
    {
        var answer = await AskAsync(Post + body);

        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Equal("The request is not valid HTTP, or its body did not arrive whole.", (string?)JsonNode.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)])!["error"]!["message"]);
    }

    /// <summary>Sends bytes as they are while another client's stream goes on, and reads until the connection ends.</summary>
    private async Task<string> AskAsync(string request)
    {
        using var other = await fixture.Server.OpenStreamAsync("/v1/completions", """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}""");
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", fixture.Server.Http.BaseAddress!.Port);
        var answer = new StringBuilder();
        // What it has not read of us it may answer with a reset, after its own words.
        await UnlessResetAsync(() => socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request)).AsTask());
        await UnlessResetAsync(async () =>
        {
            var buffer = new byte[4096];
            while (await socket.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromMinutes(1)) is > 0 and var count) answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
        });
        for (var i = 0; i < 20; i++) Assert.NotNull(await other.ReadEventAsync());
        return answer.ToString();
    }

    private static async Task UnlessResetAsync(Func<Task> exchange)
    {
        try
        {
            await exchange();
        }
        catch (IOException)
        {
        }
    }
}
