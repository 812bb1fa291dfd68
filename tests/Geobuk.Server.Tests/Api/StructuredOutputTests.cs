using System.Text.Json;
using System.Text.Json.Nodes;
using OpenAI.Chat;

namespace Geobuk.Server.Tests.Api;

/// <summary>Answers of a model of random weights: what keeps a form here keeps it by the constraint alone.</summary>
[Collection(ServerCollection.Name)]
public sealed class StructuredOutputTests(ServerFixture fixture)
{
    private const string Schema = """
        {"type":"object","properties":{"이름":{"type":"string","maxLength":8},"days":{"type":"integer","minimum":0,"maximum":21},"kind":{"enum":["정기","특별"]},
        "approved":{"type":"boolean"}},"required":["이름","days","kind"],"additionalProperties":false}
        """;

    private readonly RunningServer _server = fixture.Server;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Chat_JsonSchemaWithTheOfficialClient_FitsTheSchema(long seed)
    {
        var options = new ChatCompletionOptions { Temperature = 1.5f, Seed = seed, ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("leave", BinaryData.FromString(Schema), jsonSchemaIsStrict: true) };
        var answer = (await _server.OpenAI().GetChatClient("random").CompleteChatAsync([ChatMessage.CreateUserMessage("휴가 신청")], options)).Value;

        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        var json = JsonNode.Parse(answer.Content[0].Text)!.AsObject();
        Assert.InRange((int)json["days"]!, 0, 21);
        Assert.Contains((string)json["kind"]!, new[] { "정기", "특별" });
        Assert.True(((string)json["이름"]!).EnumerateRunes().Count() <= 8);
        Assert.Subset(new HashSet<string> { "이름", "days", "kind", "approved" }, json.Select(entry => entry.Key).ToHashSet());
    }

    [Fact]
    public async Task Chat_ToolRequiredWithTheOfficialClient_CallsIt()
    {
        var tool = ChatTool.CreateFunctionTool("find_leave", "휴가 규정을 찾는다", BinaryData.FromString("""{"type":"object","properties":{"article":{"type":"integer","minimum":1,"maximum":99}},"required":["article"]}"""));
        var options = new ChatCompletionOptions { Temperature = 1, Seed = 4, Tools = { tool }, ToolChoice = ChatToolChoice.CreateRequiredChoice() };
        var client = _server.OpenAI().GetChatClient("random");

        var answer = (await client.CompleteChatAsync([ChatMessage.CreateUserMessage("휴가는?")], options)).Value;

        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
        var call = Assert.Single(answer.ToolCalls);
        Assert.Equal("find_leave", call.FunctionName);
        Assert.InRange((int)JsonNode.Parse(call.FunctionArguments)!["article"]!, 1, 99);

        // The conversation goes on with what the tool gave.
        var after = await client.CompleteChatAsync([ChatMessage.CreateUserMessage("휴가는?"), ChatMessage.CreateAssistantMessage(answer), ChatMessage.CreateToolMessage(call.Id, "21일")], new ChatCompletionOptions { Temperature = 1, Seed = 4, MaxOutputTokenCount = 4 });
        Assert.Equal(ChatFinishReason.Length, after.Value.FinishReason);
    }

    [Fact]
    public async Task Stream_ToolRequired_SendsTheSameCallAsTheWholeAnswer()
    {
        const string Body = """
            {"model":"random","messages":[{"role":"user","content":"휴가는?"}],"temperature":1,"seed":9,"tool_choice":{"type":"function","function":{"name":"g"}},
            "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{"a":{"enum":["가","나"]}},"required":["a"]}}}]
            """;
        var whole = await _server.PostOkAsync("/v1/chat/completions", Body + "}");
        using var stream = await _server.OpenStreamAsync("/v1/chat/completions", Body + ""","stream":true}""");
        var (events, done) = await stream.ReadToEndAsync();

        Assert.True(done);
        var call = Assert.Single(events, item => item["choices"]![0]!["delta"]!["tool_calls"] is not null)["choices"]![0]!["delta"]!["tool_calls"]![0]!;
        var wanted = whole["choices"]![0]!["message"]!["tool_calls"]![0]!;
        Assert.Equal("g", (string?)call["function"]!["name"]);
        Assert.Equal((string?)wanted["function"]!["arguments"], (string?)call["function"]!["arguments"]);
        Assert.Equal("tool_calls", (string?)events[^1]["choices"]![0]!["finish_reason"]);
        Assert.Null((string?)whole["choices"]![0]!["message"]!["content"]);
    }

    [Theory]
    [InlineData("""{"guided_regex":"제[1-9][0-9]?조"}""", "^제[1-9][0-9]?조$")]
    [InlineData("""{"guided_choice":["승인","반려 (사유)"]}""", @"^(승인|반려 \(사유\))$")]
    [InlineData("""{"response_format":{"type":"json_object"},"max_tokens":200}""", @"^\{")]
    public async Task Text_Guided_Matches(string more, string pattern)
    {
        var answer = await _server.PostOkAsync("/v1/completions", """{"model":"random","prompt":"네?","temperature":1,"seed":2,""" + more[1..]);

        Assert.Matches(pattern, (string)answer["choices"]![0]!["text"]!);
    }

    [Fact]
    public async Task Text_ExpressionThatWouldBacktrackForever_IsAnsweredAtOnce()
    {
        var answer = await _server.PostOkAsync("/v1/completions", """{"model":"random","prompt":"aaaaaaaaaaaaaaaaaaaaaaaaaaaa","guided_regex":"(a+)+(a|aa)*b","max_tokens":40,"temperature":0}""").WaitAsync(TimeSpan.FromSeconds(20));

        Assert.StartsWith("a", (string?)answer["choices"]![0]!["text"]);
    }

    [Fact]
    public async Task Chat_SchemaWithPropertiesOfEveryKind_GivesJsonThatParses()
    {
        const string Schema = """
            {"$defs":{"node":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["v","next"]}},
            "type":"object","properties":{"d":{"type":"string","format":"date"},"l":{"type":"array","items":{"type":"number"},"minItems":1,"maxItems":3},"n":{"$ref":"#/$defs/node"},
            "p":{"type":"string","pattern":"^[A-Z]{2}-[0-9]{3}$"},"o":{"type":["string","null"],"maxLength":3}},"required":["d","l","n","p"]}
            """;
        for (var seed = 0; seed < 6; seed++)
        {
            var answer = await _server.PostOkAsync("/v1/chat/completions", $$$"""
                {"model":"random","seed":{{{seed}}},"messages":[{"role":"user","content":"네?"}],"max_tokens":300,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{{{Schema}}} } } }
                """);
            if ((string?)answer["choices"]![0]!["finish_reason"] == "length") continue;
            var json = JsonNode.Parse((string)answer["choices"]![0]!["message"]!["content"]!)!;
            Assert.Matches(@"^\d{4}-\d\d-\d\d$", (string)json["d"]!);
            Assert.InRange(json["l"]!.AsArray().Count, 1, 3);
            Assert.Matches("^[A-Z]{2}-[0-9]{3}$", (string)json["p"]!);
            Assert.Equal(JsonValueKind.Number, json["n"]!["v"]!.GetValueKind());
        }
    }
}
