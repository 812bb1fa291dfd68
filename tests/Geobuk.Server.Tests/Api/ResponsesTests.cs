using System.Text.Json.Nodes;
using OpenAI.Responses;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class ResponsesTests(ServerFixture fixture)
{
    private const string Path = "/v1/responses";
    private const string Leave = """{"type":"object","properties":{"days":{"type":"integer","minimum":1,"maximum":21}},"required":["days"],"additionalProperties":false}""";
    private readonly RunningServer _server = fixture.Server;

    [Fact]
    public async Task ToolRequired_WithTheOfficialClient_IsCalledAndTheConversationGoesOn()
    {
        var client = _server.OpenAI().GetResponsesClient();
        var options = new CreateResponseOptions("random", [ResponseItem.CreateUserMessageItem("휴가는?")]) { Temperature = 1, ToolChoice = ResponseToolChoice.CreateRequiredChoice() };
        options.Tools.Add(ResponseTool.CreateFunctionTool("leave", BinaryData.FromString(Leave), strictModeEnabled: true, "휴가를 신청한다"));

        var answer = (await client.CreateResponseAsync(options)).Value;

        Assert.Equal(ResponseStatus.Completed, answer.Status);
        var call = Assert.IsType<FunctionCallResponseItem>(Assert.Single(answer.OutputItems));
        Assert.Equal("leave", call.FunctionName);
        Assert.InRange((int)JsonNode.Parse(call.FunctionArguments)!["days"]!, 1, 21);

        var after = (await client.CreateResponseAsync(new CreateResponseOptions("random", [ResponseItem.CreateUserMessageItem("휴가는?"), call, ResponseItem.CreateFunctionCallOutputItem(call.CallId, "승인")]) { MaxOutputTokenCount = 4 })).Value;
        Assert.IsAssignableFrom<MessageResponseItem>(Assert.Single(after.OutputItems));
    }

    [Fact]
    public async Task Stream_ToolNamed_WithTheOfficialClient_TellsTheCall()
    {
        var client = _server.OpenAI().GetResponsesClient();
        var options = new CreateResponseOptions("thinking", [ResponseItem.CreateUserMessageItem("휴가는?")]) { StreamingEnabled = true, ToolChoice = ResponseToolChoice.CreateFunctionChoice("leave") };
        foreach (var name in new[] { "travel", "leave" }) options.Tools.Add(ResponseTool.CreateFunctionTool(name, BinaryData.FromString(Leave), strictModeEnabled: true));

        var updates = new List<StreamingResponseUpdate>();
        await foreach (var update in await client.CreateResponseStreamingAsync(options)) updates.Add(update);

        var done = Assert.Single(updates.OfType<StreamingResponseFunctionCallArgumentsDoneUpdate>());
        var whole = Assert.Single(updates.OfType<StreamingResponseCompletedUpdate>()).Response;
        var call = Assert.IsType<FunctionCallResponseItem>(Assert.Single(whole.OutputItems));
        Assert.Equal("leave", call.FunctionName);
        Assert.Equal(call.FunctionArguments.ToString(), done.FunctionArguments.ToString());
        Assert.Equal(call.FunctionArguments.ToString(), string.Concat(updates.OfType<StreamingResponseFunctionCallArgumentsDeltaUpdate>().Select(update => update.Delta.ToString())));
    }

    [Fact]
    public async Task Stream_Call_SendsTheEventsOfOpenAIInOrder()
    {
        const string Body = """
            {"model":"random","input":"휴가는?","seed":5,"tool_choice":"required","parallel_tool_calls":false,
            "tools":[{"type":"function","name":"leave","parameters":{"type":"object","properties":{"a":{"enum":["가","나"]}},"required":["a"]}}]
            """;
        var whole = await _server.PostOkAsync(Path, Body + "}");
        using var stream = await _server.OpenStreamAsync(Path, Body + ""","stream":true}""");
        var (events, _) = await stream.ReadToEndAsync();

        Assert.Equal(
            ["response.in_progress", "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done", "response.completed"],
            events.Select(item => (string?)item["type"]));
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(item => (int)item["sequence_number"]!));
        var (begun, ended) = (events[1]["item"]!, events[4]["item"]!);
        Assert.Equal(("function_call", "in_progress", "leave", ""), ((string?)begun["type"], (string?)begun["status"], (string?)begun["name"], (string?)begun["arguments"]));
        Assert.Equal(("completed", (string?)begun["id"], (string?)begun["call_id"]), ((string?)ended["status"], (string?)ended["id"], (string?)ended["call_id"]));
        Assert.All(events[2..4], item => Assert.Equal((string?)begun["id"], (string?)item["item_id"]));
        Assert.Equal(ended.ToJsonString(), events[5]["response"]!["output"]![0]!.ToJsonString());
        Assert.Equal((string?)whole["output"]![0]!["arguments"], (string?)ended["arguments"]);
        Assert.StartsWith("fc_", (string?)ended["id"]);
        Assert.StartsWith("call_", (string?)ended["call_id"]);
        Assert.Equal("leave", (string?)whole["tools"]![0]!["name"]);
        Assert.Equal("required", (string?)whole["tool_choice"]);
        Assert.False((bool)whole["parallel_tool_calls"]!);
    }

    [Fact]
    public async Task AllowedTools_InTheFormOfResponses_CallsNoOther()
    {
        var answer = await _server.PostOkAsync(Path, """
            {"model":"random","input":"네?","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}],"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"g"}]}}
            """);

        Assert.Equal("g", (string?)Assert.Single(answer["output"]!.AsArray())!["name"]);
    }

    [Theory]
    [InlineData(ServerFixture.Random)]
    [InlineData(ServerFixture.Thinking)]
    public async Task Items_OfEveryKind_AreTheMessagesOfChat(string model)
    {
        const string Tool = """{"name":"leave","description":"휴가","parameters":{"type":"object","properties":{}}}""";
        var response = await _server.PostOkAsync(Path, $$"""
            {"model":"{{model}}","temperature":0,"max_output_tokens":12,"instructions":"짧게","include":["reasoning.encrypted_content"],"store":true,"tools":[{"type":"function",{{Tool[1..]}}],
            "input":[{"role":"user","content":"휴가는?"},{"type":"reasoning","id":"rs_1","summary":[]},
            {"type":"message","role":"assistant","content":[{"type":"output_text","text":"찾아본다."}]},
            {"type":"function_call","id":"fc_1","call_id":"call_1","name":"leave","arguments":"{\"a\":1}"},{"type":"function_call","call_id":"call_2","name":"leave","arguments":"{}"},
            {"type":"function_call_output","call_id":"call_1","output":"21일"},{"type":"function_call_output","call_id":"call_2","output":[{"type":"input_text","text":"7일"}]},
            {"role":"user","content":[{"type":"input_text","text":"더?"}]}]}
            """);
        var chat = await _server.PostOkAsync("/v1/chat/completions", $$"""
            {"model":"{{model}}","temperature":0,"max_tokens":12,"tools":[{"type":"function","function":{{Tool}} }],"messages":[{"role":"system","content":"짧게"},{"role":"user","content":"휴가는?"},
            {"role":"assistant","content":"찾아본다.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"leave","arguments":"{\"a\":1}"} },{"id":"call_2","type":"function","function":{"name":"leave","arguments":"{}"} }]},
            {"role":"tool","tool_call_id":"call_1","content":"21일"},{"role":"tool","tool_call_id":"call_2","content":"7일"},{"role":"user","content":"더?"}]}
            """);

        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, (int)response["usage"]!["input_tokens"]!);
        Assert.Equal((string?)chat["choices"]![0]!["message"]!["content"], (string?)response["output"]![0]!["content"]![0]!["text"]);
    }

    [Fact]
    public async Task TextFormatBesideTools_GivesACallOrTheSchema()
    {
        var kinds = new HashSet<string>();
        for (var seed = 0; seed < 40 && kinds.Count < 2; seed++)
        {
            var answer = await _server.PostOkAsync(Path, $$$"""
                {"model":"random","input":"휴가는?","seed":{{{seed}}},"text":{"format":{"type":"json_schema","name":"x","schema":{"type":"object","properties":{"kind":{"enum":["정기","특별"]}},"required":["kind"]} } },
                "tools":[{"type":"function","name":"leave","parameters":{{{Leave}}} }]}
                """);
            var item = Assert.Single(answer["output"]!.AsArray())!;
            var json = JsonNode.Parse((string)(item["arguments"] ?? item["content"]![0]!["text"])!)!.AsObject();
            Assert.Equal((string?)item["type"] == "function_call" ? "days" : "kind", Assert.Single(json).Key);
            kinds.Add((string)item["type"]!);
        }
        Assert.Equal(2, kinds.Count);
    }

    [Fact]
    public async Task TooLong_WithTruncationAuto_LeavesTheOldestTurnsOut()
    {
        string Turn(int i) => $$"""{"role":"user","content":"{{i}}: {{new string('가', 60)}}"},{"role":"assistant","content":"{{i}}"}""";
        string Body(IEnumerable<int> turns, string more) =>
            $$"""{"model":"random","temperature":0,"max_output_tokens":20,"instructions":"짧게",{{more}}"input":[{{string.Join(',', turns.Select(Turn))}},{"role":"user","content":"끝?"}]}""";

        var (status, error) = await _server.PostFailingAsync(Path, Body(Enumerable.Range(0, 6), ""));
        Assert.Equal((System.Net.HttpStatusCode.BadRequest, "context_length_exceeded"), (status, (string?)error["code"]));

        var cut = await _server.PostOkAsync(Path, Body(Enumerable.Range(0, 6), "\"truncation\":\"auto\","));
        var kept = await _server.PostOkAsync(Path, Body([3, 4, 5], ""));
        Assert.Equal("auto", (string?)cut["truncation"]);
        Assert.Equal((int)kept["usage"]!["input_tokens"]!, (int)cut["usage"]!["input_tokens"]!);
        Assert.Equal(kept["output"]![0]!["content"]!.ToJsonString(), cut["output"]![0]!["content"]!.ToJsonString());
        // One turn more would not have fitted beside the answer.
        using var more = await _server.PostAsync(Path, Body([2, 3, 4, 5], ""));
        Assert.True(!more.IsSuccessStatusCode || (int)JsonNode.Parse(await more.Content.ReadAsStringAsync())!["usage"]!["input_tokens"]! > TinyModels.Context - 20);
        // What fits is left as it is.
        Assert.Equal((int)kept["usage"]!["input_tokens"]!, (int)(await _server.PostOkAsync(Path, Body([3, 4, 5], "\"truncation\":\"auto\",")))["usage"]!["input_tokens"]!);
    }
}
