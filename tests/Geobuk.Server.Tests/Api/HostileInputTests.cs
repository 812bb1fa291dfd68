using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

/// <summary>What must be refused with a clear error while another client's answer goes on undisturbed.</summary>
[Collection(ServerCollection.Name)]
public sealed class HostileInputTests(ServerFixture fixture) : IAsyncLifetime
{
    private const string Text = "/v1/completions";
    private const string Good = """{"model":"random","prompt":"제1조(휴가)","max_tokens":24,"temperature":0}""";
    private RunningServer? _server;
    private string _expected = "";

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, BodyTimeout = TimeSpan.FromSeconds(3) });
        _expected = (await _server.PostOkAsync(Text, Good))["choices"]!.ToJsonString();
    }

    public async Task DisposeAsync()
    {
        // Nobody was disturbed, and nothing is left behind.
        Assert.Equal(_expected, (await _server!.PostOkAsync(Text, Good))["choices"]!.ToJsonString());
        await _server.WaitForAsync(running: 0);
        foreach (var model in fixture.Models) Assert.Equal(0, model.Engine.Load().UsedBlocks);
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("\"max_tokens\":1e400", "max_tokens")]
    [InlineData("\"max_tokens\":-9223372036854775808", "max_tokens")]
    [InlineData("\"max_tokens\":2147483648", "max_tokens")]
    [InlineData("\"temperature\":1e999", "temperature")]
    [InlineData("\"temperature\":-0.0001", "temperature")]
    [InlineData("\"seed\":99999999999999999999999", "seed")]
    [InlineData("\"top_k\":-2147483649", "top_k")]
    [InlineData("\"n\":1000000", "n")]
    [InlineData("\"logprobs\":1e9", "logprobs")]
    [InlineData("\"min_p\":NaN", null)]
    [InlineData("\"colour\":\"red\"", "colour")]
    public async Task NumberOutOfRangeOrUnknownField_Is400AndNamesIt(string field, string? name)
    {
        var (status, error) = await _server!.PostFailingAsync(Text, $$"""{"model":"random","prompt":"네?",{{field}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(name, (string?)error["param"]);
    }

    [Fact]
    public async Task TenMegabytePrompt_Is413_AndOneThatFitsTheBodyIs400()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Text) { Content = new StringContent($$"""{"model":"random","prompt":"{{new string('a', 10_000_000)}}"}""", Encoding.UTF8, "application/json") };
        // Asks before it sends, or the refusal would meet a client that is still writing.
        request.Headers.ExpectContinue = true;
        using var refused = await _server!.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);

        var (second, error) = await _server.PostFailingAsync(Text, $$"""{"model":"random","prompt":"{{new string('a', 3_000_000)}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, second);
        Assert.Equal("context_length_exceeded", (string?)error["code"]);
    }

    [Theory]
    [InlineData(Text, "\"prompt\":\"네?\",\"\\ud800\":1", null)]
    [InlineData(Text, "\"prompt\":\"네?\",\"logit_bias\":{\"\\udc00\":1}", "logit_bias")]
    [InlineData(Text, "\"prompt\":\"네?\",\"stop\":[\"\\ud83d\\u0041\"]", "stop")]
    [InlineData(Text, "\"prompt\":\"네?\",\"response_format\":{\"type\":\"\\ud800\"}", "response_format")]
    [InlineData(Text, "\"prompt\":\"네?\",\"guided_json\":{\"properties\":{\"\\ud800\":{}}}", "guided_json")]
    [InlineData(Text, "\"prompt\":\"네?\",\"guided_json\":{\"const\":\"\\ud800\"}", "guided_json")]
    [InlineData("/v1/chat/completions", "\"messages\":[],\"tool_choice\":\"\\ud800\"", "tool_choice")]
    [InlineData("/v1/chat/completions", "\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"\\ud800\"}}]", "tools")]
    [InlineData("/v1/responses", "\"input\":[{\"type\":\"\\ud800\",\"role\":\"\\ud800\"}]", "input")]
    [InlineData("/v1/embeddings", "\"input\":\"\\ud800\"", "input")]
    public async Task HalfOfASurrogatePair_Anywhere_Is400AndNamesTheField(string path, string fields, string? name)
    {
        var (status, error) = await _server!.PostFailingAsync(path, $$"""{"model":"random",{{fields}}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_json", name), (status, (string?)error["code"], (string?)error["param"]));
        Assert.Contains("surrogate", (string?)error["message"]);
    }

    [Fact]
    public async Task SurrogatePairThatIsWhole_Passes() =>
        Assert.NotNull((await _server!.PostOkAsync(Text, """{"model":"random","prompt":"\ud83d\ude00","max_tokens":1}"""))["choices"]);

    [Fact]
    public async Task SchemaThatNothingFits_Is400()
    {
        var (status, error) = await _server!.PostFailingAsync(Text, """{"model":"random","prompt":"네?","guided_json":{"$ref":"#"}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "guided_json"), (status, (string?)error["param"]));
        Assert.Contains("no answer fits", (string?)error["message"]);
    }

    [Fact]
    public async Task ThousandStopStrings_Is400()
    {
        var stops = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"s{i}\""));
        var (status, error) = await _server!.PostFailingAsync(Text, $$"""{"model":"random","prompt":"네?","stop":[{{stops}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("stop", (string?)error["param"]);
    }

    [Fact]
    public async Task SchemasThatGrowWithoutEnd_Are400()
    {
        var wide = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"p{i}\":{{\"type\":\"string\",\"maxLength\":{1000 + i}}}"));
        var deep = string.Concat(Enumerable.Repeat("{\"type\":\"array\",\"minItems\":1,\"items\":", 50)) + "{}" + new string('}', 50);
        var looped = """{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}""";
        foreach (var schema in new[] { $"{{\"type\":\"object\",\"properties\":{{{wide}}}}}", deep })
        {
            var (status, error) = await _server!.PostFailingAsync(Text, $"{{\"model\":\"random\",\"prompt\":\"네?\",\"guided_json\":{schema}}}");
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Equal("guided_json", (string?)error["param"]);
        }
        // A schema that nothing fits ends the answer; it does not hang.
        using var answer = await _server!.PostAsync(Text, $"{{\"model\":\"random\",\"prompt\":\"네?\",\"max_tokens\":5,\"guided_json\":{looped}}}").WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True((int)answer.StatusCode < 500);
    }

    [Fact]
    public async Task JsonNestedAThousandDeep_Is400()
    {
        var (status, error) = await _server!.PostFailingAsync(Text, $$"""{"model":"random","prompt":{{new string('[', 1000)}}{{new string(']', 1000)}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_json", (string?)error["code"]);
    }

    [Fact]
    public async Task BodyCutOff_LeavesTheServerWell()
    {
        for (var i = 0; i < 5; i++)
        {
            using var socket = await ConnectAsync();
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"model\":\"random\","));
        }
    }

    [Fact]
    public async Task SlowLoris_IsCutOffWhileOthersAreAnswered()
    {
        var slow = new List<TcpClient>();
        for (var i = 0; i < 50; i++)
        {
            var socket = await ConnectAsync();
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"));
            slow.Add(socket);
        }
        Assert.Equal(_expected, (await _server!.PostOkAsync(Text, Good))["choices"]!.ToJsonString());
        var answer = await new StreamReader(slow[0].GetStream()).ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Contains("408", answer);
        slow.ForEach(socket => socket.Dispose());
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _server!.Http.BaseAddress!.Port);
        return socket;
    }
}
