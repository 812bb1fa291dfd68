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
    [InlineData(ServerFixture.Random)]
    [InlineData(ServerFixture.Llama)]
    public async Task Chat_SchemaBesideTools_GivesACallOrTheSchema(string model)
    {
        // An answer that looks like a call where calls have no mark: it has a name, too.
        const string Body = """
            "messages":[{"role":"user","content":"휴가는?"}],"temperature":1.5,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":
            {"type":"object","properties":{"name":{"enum":["홍길동","leave it"]}},"required":["name"]} } },
            "tools":[{"type":"function","function":{"name":"leave","parameters":{"type":"object","properties":{"days":{"enum":[1,2]}},"required":["days"]} } }]
            """;
        var (kinds, tokenizer) = (new HashSet<string>(), fixture.Models[0].Model.Tokenizer);
        for (var seed = 0; seed < 40 && kinds.Count < 2; seed++)
        {
            // Noise may be sure of how it begins.
            var bias = tokenizer.Encode("<{"[seed % 2].ToString())[0];
            var choice = (await _server.PostOkAsync("/v1/chat/completions", $$$"""{"model":"{{{model}}}","seed":{{{seed}}},"logit_bias":{"{{{bias}}}":50},{{{Body}}}}"""))["choices"]![0]!;
            var finish = (string)choice["finish_reason"]!;
            if (finish == "tool_calls")
            {
                var call = Assert.Single(choice["message"]!["tool_calls"]!.AsArray())!["function"]!;
                Assert.Equal("leave", (string?)call["name"]);
                Assert.InRange((int)JsonNode.Parse((string)call["arguments"]!)!["days"]!, 1, 2);
            }
            else
            {
                Assert.Equal("stop", finish);
                Assert.Contains((string?)JsonNode.Parse((string)choice["message"]!["content"]!)!["name"], new[] { "홍길동", "leave it" });
            }
            kinds.Add(finish);
        }
        Assert.Equal(2, kinds.Count);

        foreach (var choice in new[] { "\"required\"", """{"type":"function","function":{"name":"leave"}}""" })
        {
            var answer = await _server.PostOkAsync("/v1/chat/completions", $$"""{"model":"{{model}}","seed":1,"tool_choice":{{choice}},{{Body}}}""");
            Assert.Equal("tool_calls", (string?)answer["choices"]![0]!["finish_reason"]);
        }
        var none = await _server.PostOkAsync("/v1/chat/completions", $$"""{"model":"{{model}}","seed":1,"tool_choice":"none",{{Body}}}""");
        Assert.NotNull(JsonNode.Parse((string)none["choices"]![0]!["message"]!["content"]!)!["name"]);
    }

    [Fact]
    public async Task Chat_AllowedTools_CallsNoOther()
    {
        const string Body = """
            "messages":[{"role":"user","content":"네?"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h"}}],
            "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"MODE","tools":[{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h"}}]}}
            """;
        for (var seed = 0; seed < 8; seed++)
        {
            var answer = await _server.PostOkAsync("/v1/chat/completions", $$"""{"model":"random","seed":{{seed}},{{Body.Replace("MODE", "required")}}}""");
            Assert.Contains((string?)Assert.Single(answer["choices"]![0]!["message"]!["tool_calls"]!.AsArray())!["function"]!["name"], new[] { "g", "h" });
        }
        // Where a call is not forced, the model is not told of the others.
        var allowed = await _server.PostOkAsync("/v1/chat/completions", $$"""{"model":"random","max_tokens":8,"temperature":0,{{Body.Replace("MODE", "auto")}}}""");
        var without = await _server.PostOkAsync("/v1/chat/completions", """{"model":"random","max_tokens":8,"temperature":0,"messages":[{"role":"user","content":"네?"}],"tools":[{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h"}}]}""");
        Assert.Equal(without["choices"]!.ToJsonString(), allowed["choices"]!.ToJsonString());
        Assert.Equal(without["usage"]!["prompt_tokens"]!.ToJsonString(), allowed["usage"]!["prompt_tokens"]!.ToJsonString());
    }

    [Fact]
    public async Task Chat_NotInParallel_GivesTheFirstCallOnly()
    {
        // What a model might say of its own accord, made certain: two calls.
        const string Body = """
            {"model":"random","messages":[{"role":"user","content":"네?"}],"temperature":0,"tools":[{"type":"function","function":{"name":"other"}}],"logit_bias":BIAS,
            "guided_choice":["<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n<tool_call>\n{\"name\": \"g\", \"arguments\": {}}\n</tool_call>"]
            """;
        var tokenizer = fixture.Models[0].Model.Tokenizer;
        var bias = $"{{\"{tokenizer.Encode("f")[0]}\":100}}";
        var several = await _server.PostOkAsync("/v1/chat/completions", Body.Replace("BIAS", bias) + "}");
        var one = await _server.PostOkAsync("/v1/chat/completions", Body.Replace("BIAS", bias) + ""","parallel_tool_calls":false}""");

        Assert.Equal(["f", "g"], Names(several));
        Assert.Equal(["f"], Names(one));

        static IEnumerable<string?> Names(JsonNode answer) => answer["choices"]![0]!["message"]!["tool_calls"]!.AsArray().Select(call => (string?)call!["function"]!["name"]);
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
