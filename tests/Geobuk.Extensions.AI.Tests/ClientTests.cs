using System.Text.Json;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Tests;
using Microsoft.Extensions.AI;

namespace Geobuk.Extensions.AI.Tests;

public sealed class ClientTests
{
    private static readonly string s_model = TestPaths.Repository("samples", "ax-pico");
    private static readonly ChatMessage[] s_question = [new(ChatRole.System, "짧게 답한다."), new(ChatRole.User, "휴가는 며칠입니까?")];

    [Fact]
    public void Sample_FiveLines_Answers()
    {
        var before = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            System.Reflection.Assembly.Load("FiveLines").EntryPoint!.Invoke(null, [new[] { s_model, "휴가는 며칠입니까?" }]);
        }
        finally
        {
            Console.SetOut(before);
        }
        Assert.True(output.ToString().Trim().Length > 0);
    }

    [Fact]
    public async Task GetResponse_StreamedAndNot_IsTheSameTextWithUsage()
    {
        using var client = GeobukChatClient.Load(s_model, new InferenceOptions { Threads = 1 });
        var options = new ChatOptions { MaxOutputTokens = 12 };

        var whole = await client.GetResponseAsync(s_question, options);
        var streamed = await client.GetStreamingResponseAsync(s_question, options).ToListAsync();

        Assert.Equal(whole.Text, string.Concat(streamed.Select(update => update.Text)));
        Assert.Equal(12, whole.Usage!.OutputTokenCount);
        Assert.True(whole.Usage.InputTokenCount > 5);
        Assert.Equal(ChatFinishReason.Length, whole.FinishReason);
        Assert.Equal("ax-pico", whole.ModelId);
        Assert.Same(client, ((IChatClient)client).GetService(typeof(IChatClient)));
    }

    [Fact]
    public async Task GetResponse_JsonSchema_Fits()
    {
        using var client = GeobukChatClient.Load(s_model, new InferenceOptions { Threads = 1 });
        var schema = JsonDocument.Parse("""{"type":"object","properties":{"days":{"type":"integer","minimum":1,"maximum":30}},"required":["days"],"additionalProperties":false}""").RootElement;

        var answer = await client.GetResponseAsync(s_question, new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema), MaxOutputTokens = 60, Temperature = 1, Seed = 3 });

        Assert.InRange(JsonDocument.Parse(answer.Text).RootElement.GetProperty("days").GetInt32(), 1, 30);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
    }

    [Fact]
    public async Task GetStreamingResponse_Cancelled_Stops()
    {
        using var client = GeobukChatClient.Load(s_model, new InferenceOptions { Threads = 1 });
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync(s_question, new ChatOptions { MaxOutputTokens = 400 }, source.Token)) source.Cancel();
        });
        Assert.Equal(0, ((Engine)client.GetService(typeof(Engine))!).Load().UsedBlocks);
    }

    [Fact]
    public async Task GetResponse_ContentThatIsNoText_IsRefused()
    {
        using var client = GeobukChatClient.Load(s_model, new InferenceOptions { Threads = 1 });
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])]));
    }

    [Fact]
    public async Task GetResponse_ToolRequired_AsksForItWithArgumentsThatFit()
    {
        using var client = GeobukChatClient.Load(s_model, new InferenceOptions { Threads = 1 });
        var leave = AIFunctionFactory.Create((bool 병가) => 병가 ? "60일" : "21일", "leave_days", "연간 휴가 일수");
        var options = new ChatOptions { Tools = [leave], ToolMode = ChatToolMode.RequireSpecific("leave_days"), MaxOutputTokens = 200, Temperature = 1, Seed = 5 };

        var answer = await client.GetResponseAsync(s_question, options);

        var call = Assert.IsType<FunctionCallContent>(Assert.Single(answer.Messages.Single().Contents, content => content is not UsageContent));
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
        Assert.Equal("leave_days", call.Name);
        Assert.Null(call.Exception);
        var days = await leave.InvokeAsync(new AIFunctionArguments(call.Arguments));

        // What the function gave goes back as a message, and the model answers in words.
        ChatMessage[] more = [.. s_question, .. answer.Messages, new(ChatRole.Tool, [new FunctionResultContent(call.CallId, days)])];
        var words = await client.GetResponseAsync(more, new ChatOptions { Tools = [leave], MaxOutputTokens = 8 });
        Assert.True(words.Usage!.InputTokenCount > answer.Usage!.InputTokenCount);
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync(s_question, new ChatOptions { Tools = [leave], ToolMode = ChatToolMode.RequireSpecific("없음") }));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync(s_question, new ChatOptions { Tools = [new HostedWebSearchTool()] }));
    }

    [Fact]
    public async Task GetResponse_JsonSchemaBesideTools_GivesACallOrTheSchema()
    {
        using var client = GeobukChatClient.Load(s_model, new InferenceOptions { Threads = 1 });
        var leave = AIFunctionFactory.Create((bool 병가) => 병가 ? "60일" : "21일", "leave_days", "연간 휴가 일수");
        var schema = JsonDocument.Parse("""{"type":"object","properties":{"days":{"type":"integer","minimum":1,"maximum":30}},"required":["days"],"additionalProperties":false}""").RootElement;
        var kinds = new HashSet<ChatFinishReason?>();
        for (var seed = 0; seed < 60 && kinds.Count < 2; seed++)
        {
            var answer = await client.GetResponseAsync(s_question, new ChatOptions { Tools = [leave], ResponseFormat = ChatResponseFormat.ForJsonSchema(schema), MaxOutputTokens = 100, Temperature = 2, Seed = seed });
            if (answer.FinishReason == ChatFinishReason.Stop) Assert.InRange(JsonDocument.Parse(answer.Text).RootElement.GetProperty("days").GetInt32(), 1, 30);
            else Assert.Equal("leave_days", Assert.Single(answer.Messages.Single().Contents.OfType<FunctionCallContent>()).Name);
            kinds.Add(answer.FinishReason);
        }
        Assert.Equal([ChatFinishReason.Stop, ChatFinishReason.ToolCalls], kinds.OrderBy(kind => kind!.Value.Value));
    }

    [Fact]
    public async Task Embeddings_OfTexts_HaveLengthOne()
    {
        using var generator = GeobukEmbeddingGenerator.Load(s_model, Pooling.Mean, new InferenceOptions { Threads = 1 });
        var places = await generator.GenerateAsync(["휴가", "휴가", "여비"]);
        Assert.Equal(3, places.Count);
        Assert.Equal(256, places[0].Vector.Length);
        Assert.Equal(1, places[0].Vector.ToArray().Sum(value => (double)value * value), 1e-5);
        Assert.True(places[0].Vector.Span.SequenceEqual(places[1].Vector.Span));
        Assert.False(places[0].Vector.Span.SequenceEqual(places[2].Vector.Span));
        await Assert.ThrowsAsync<UserInputException>(() => generator.GenerateAsync([new string('가', 100_000)]));
    }
}
