using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class ErrorShapeTests(ServerFixture fixture)
{
    private const string Chat = "/v1/chat/completions";
    private const string Text = "/v1/completions";
    private readonly RunningServer _server = fixture.Server;

    [Theory]
    [InlineData("temperature", "2.5")]
    [InlineData("temperature", "-0.1")]
    [InlineData("top_p", "0")]
    [InlineData("top_p", "1.01")]
    [InlineData("top_k", "-2")]
    [InlineData("min_p", "1.5")]
    [InlineData("repetition_penalty", "0")]
    [InlineData("n", "0")]
    [InlineData("n", "129")]
    [InlineData("reasoning_effort", "\"much\"")]
    [InlineData("verbosity", "\"much\"")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_completion_tokens", "-3")]
    [InlineData("top_logprobs", "21")]
    [InlineData("top_logprobs", "3")]
    [InlineData("stop", "\"\"")]
    [InlineData("stop", "[1]")]
    [InlineData("stop", "{}")]
    [InlineData("seed", "1.5")]
    [InlineData("max_tokens", "99999999999")]
    [InlineData("temperature", "\"warm\"")]
    [InlineData("stream", "\"yes\"")]
    [InlineData("tools", """[{"type":"function","function":{"name":"f g"}}]""")]
    [InlineData("tools", """[{"type":"search"}]""")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("tool_choice", """{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[]}}""")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"x"}}""")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"array","uniqueItems":true}}}""")]
    [InlineData("response_format", """{"type":"xml"}""")]
    [InlineData("guided_regex", "\"(a)\\\\1\"")]
    [InlineData("guided_regex", "\"(((a{1000}){1000}){1000}){1000}\"")]
    [InlineData("guided_choice", "[]")]
    [InlineData("frequency_penalty", "2.5")]
    [InlineData("presence_penalty", "-3")]
    [InlineData("logit_bias", "[5]")]
    [InlineData("logit_bias", """{"5":1000}""")]
    [InlineData("logit_bias", """{"5":"1"}""")]
    [InlineData("logit_bias", """{"99999999":1}""")]
    [InlineData("logit_bias", """{"-1":1}""")]
    [InlineData("temprature", "0.5")]
    public async Task Chat_FieldThatCannotBe_Is400AndNamesTheField(string field, string value)
    {
        var (status, error) = await _server.PostFailingAsync(Chat,
            $$"""{"model":"random","messages":[{"role":"user","content":"네?"}],"{{field}}":{{value}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_request_error", (string?)error["type"]);
        Assert.StartsWith(field, (string?)error["param"]);
        Assert.Contains(field, (string?)error["message"]);
        Assert.Equal(["message", "type", "param", "code"], error.AsObject().Select(entry => entry.Key));
    }

    [Fact]
    public async Task Chat_FieldMistyped_SuggestsTheNearest()
    {
        var (_, error) = await _server.PostFailingAsync(Chat, """{"model":"random","messages":[{"role":"user","content":"네?"}],"max_token":5}""");

        Assert.Contains("'max_tokens'", (string?)error["message"]);
    }

    [Theory]
    [InlineData("""{"tools":[],"tool_choice":"none","response_format":{"type":"text"},"frequency_penalty":0,"presence_penalty":0.0,"logit_bias":{}}""")]
    [InlineData("""{"reasoning_effort":"high","verbosity":"low","parallel_tool_calls":false}""")]
    [InlineData("""{"user":"나","metadata":{"a":"b"},"store":false,"n":1,"functions":null,"modalities":["text"],"top_k":-1}""")]
    public async Task Chat_FieldsThatChangeNothing_Pass(string more)
    {
        var answer = await _server.PostOkAsync(Chat, """{"model":"reciting","messages":[{"role":"user","content":"네?"}],"max_tokens":3,""" + more[1..]);

        Assert.Equal(TinyModels.Recitation[..1], (string?)answer["choices"]![0]!["message"]!["content"]);
    }

    [Theory]
    [InlineData("""{"model":"random","messages":[{"role":"user","content":"네?"}]""", "invalid_json")]
    [InlineData("""{"model":"random","model":"random","messages":[]}""", "invalid_json")]
    [InlineData("""["model"]""", "invalid_json")]
    [InlineData("", "invalid_json")]
    [InlineData("""{"model":"random","messages":[{"role":"user","content":"\ud83d"}]}""", "invalid_json")]
    [InlineData("""{"messages":[{"role":"user","content":"네?"}]}""", "invalid_value")]
    [InlineData("""{"model":"random"}""", "invalid_value")]
    [InlineData("""{"model":"random","messages":[]}""", "invalid_value")]
    [InlineData("""{"model":"random","messages":[null]}""", "invalid_type")]
    [InlineData("""{"model":"random","messages":"네?"}""", "invalid_type")]
    [InlineData("""{"model":"random","messages":[{"role":"user"}]}""", "invalid_type")]
    [InlineData("""{"model":"random","messages":[{"role":"user","content":7}]}""", "invalid_type")]
    [InlineData("""{"model":"random","messages":[{"role":"boss","content":"네?"}]}""", "invalid_value")]
    [InlineData("""{"model":"random","messages":[{"role":"function","content":"네?"}]}""", "unsupported_parameter")]
    [InlineData("""{"model":"random","messages":[{"role":"user","content":"네?","tool_calls":[{"function":{"name":"f"}}]}]}""", "invalid_value")]
    [InlineData("""{"model":"random","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""", "unsupported_parameter")]
    [InlineData("""{"model":"random","messages":[{"role":"user","content":"네?","mood":"good"}]}""", "unknown_parameter")]
    public async Task Chat_BodyThatCannotBeRead_Is400WithItsCode(string body, string code)
    {
        var (status, error) = await _server.PostFailingAsync(Chat, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(code, (string?)error["code"]);
    }

    [Fact]
    public async Task Chat_BodyThatIsNotUtf8_Is400()
    {
        using var content = new ByteArrayContent([.. "{\"model\":\""u8, 0xB0, 0xA1, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _server.Http.PostAsync(Chat, content);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("UTF-8", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("\"\"", "prompt")]
    [InlineData("[]", "prompt")]
    [InlineData("null", "prompt")]
    [InlineData("[\"a\",\"\"]", "prompt[1]")]
    [InlineData("[[1],[1,99999]]", "prompt[1][1]")]
    [InlineData("[1,99999]", "prompt[1]")]
    [InlineData("[1.5]", "prompt[0]")]
    [InlineData("{}", "prompt")]
    public async Task Text_PromptThatCannotBe_Is400(string prompt, string field)
    {
        var (status, error) = await _server.PostFailingAsync(Text, $$"""{"model":"random","prompt":{{prompt}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(field, (string?)error["param"]);
    }

    [Theory]
    [InlineData(Chat, "\"messages\":[{\"role\":\"user\",\"content\":\"네?\"}]")]
    [InlineData(Text, "\"prompt\":\"네?\"")]
    public async Task Post_UnknownModel_Is404(string path, string prompt)
    {
        var (status, error) = await _server.PostFailingAsync(path, $$"""{"model":"gpt-5",{{prompt}}}""");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("model_not_found", (string?)error["code"]);
        Assert.Equal("model", (string?)error["param"]);
        Assert.Contains("gpt-5", (string?)error["message"]);
    }

    [Theory]
    [InlineData(Chat, "messages", """[{"role":"user","content":"LONG"}]""")]
    [InlineData(Text, "prompt", "[\"a\",\"LONG\"]")]
    [InlineData("/v1/responses", "input", "\"LONG\"")]
    public async Task Post_PromptLongerThanContext_Is400WithBothNumbers(string path, string field, string prompt)
    {
        var (status, error) = await _server.PostFailingAsync(path, $$"""{"model":"random","{{field}}":{{prompt.Replace("LONG", string.Concat(Enumerable.Repeat("漢字", 200)))}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(field, (string?)error["param"]);
        Assert.Equal("context_length_exceeded", (string?)error["code"]);
        Assert.Contains($"{TinyModels.Context} tokens", (string?)error["message"]);
    }

    [Theory]
    [InlineData("/v1/nothing", "GET", HttpStatusCode.NotFound)]
    [InlineData("/v1/models", "DELETE", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/v1/chat/completions", "GET", HttpStatusCode.MethodNotAllowed)]
    public async Task UnderV1_WrongPathOrMethod_HasOpenAIShape(string path, string method, HttpStatusCode expected)
    {
        using var response = await _server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("invalid_request_error", (string?)body["error"]!["type"]);
    }

    [Theory]
    [InlineData("/tokenize", "{}", HttpStatusCode.BadRequest)]
    [InlineData("/detokenize", """{"model":"none","tokens":[1]}""", HttpStatusCode.NotFound)]
    [InlineData("/tokenize", "not json", HttpStatusCode.BadRequest)]
    public async Task TokenizeWithoutV1_Fails_HasOpenAIShape(string path, string body, HttpStatusCode expected)
    {
        using var response = await _server.PostAsync(path, body);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("invalid_request_error", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["type"]);
    }

    [Fact]
    public async Task Elsewhere_WrongPath_IsProblemDetails()
    {
        using var response = await _server.Http.GetAsync("/nothing");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(404, (int)body["status"]!);
        Assert.Contains("/nothing", (string?)body["detail"]);
    }

    [Fact]
    public async Task Chat_FormInsteadOfJson_Is415()
    {
        using var response = await _server.Http.PostAsync(Chat, new StringContent("{}", Encoding.UTF8, "text/plain"));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("application/json", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Chat_BodyOverTheLimit_Is413()
    {
        await using var small = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, MaxBodyBytes = 2000 });

        var (status, error) = await small.PostFailingAsync(Chat, new string(' ', 3000));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("2000 bytes", (string?)error["message"]);
    }

    [Fact]
    public async Task AnyAnswer_FromAnotherSite_HasNoCors()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, Chat);
        request.Headers.Add("Origin", "https://example.com");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var response = await _server.Http.SendAsync(request);

        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(response.IsSuccessStatusCode);
    }
}
