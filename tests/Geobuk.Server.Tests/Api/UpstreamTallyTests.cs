using System.Text;
using System.Text.Json;
using Geobuk.Server.Api;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

/// <summary>What another server's answer says it used, and how it ended.</summary>
public sealed class UpstreamTallyTests
{
    private const int Predicted = 110;
    private static readonly UpstreamRequest s_asked = new([], 10, 100, false);

    [Theory]
    [InlineData("""{"max_tokens":100}""", 100)]
    [InlineData("""{"max_tokens":100,"n":3}""", 300)]
    [InlineData("""{"max_tokens":100,"n":3,"prompt":["가","나"]}""", 600)]
    [InlineData("""{"max_tokens":100,"prompt":[[1,2],[3],[4]]}""", 300)]
    [InlineData("""{"max_tokens":100,"prompt":[1,2,3]}""", 100)]
    [InlineData("""{"max_tokens":2000000000,"n":2000000000,"prompt":["가","나"]}""", 1 << 28)]
    public void Read_SeveralAnswers_AllAreForeseen(string body, int expected)
    {
        using var fields = JsonDocument.Parse(body);

        Assert.Equal(expected, UpstreamRequest.Read(fields.RootElement, "/v1/completions").AnswerCost);
    }

    [Theory]
    [InlineData("""{"choices":[{"text":"가"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}""", 12)]
    [InlineData("""{"output":[], "usage": {"input_tokens": 3, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 1}}, "status": "completed"}""", 7)]
    [InlineData("data: {\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n", 3)]
    [InlineData("""{"choices":[{"text":"\"usage\":{\"prompt_tokens\":900}"}]}""", Predicted)]
    [InlineData("""{"usage":{"prompt_tokens":-5,"completion_tokens":1e99}}""", 0)]
    [InlineData("""{"usage":{"prompt_tokens":2147483647,"completion_tokens":2147483647}}""", 1 << 30)]
    [InlineData("""{"usage":{prompt_tokens}}""", Predicted)]
    [InlineData("""{"usage":{"prompt_tokens":1""", Predicted)]
    [InlineData("", Predicted)]
    public void Report_OfAnAnswer_IsItsUsageHoweverItWasCut(string answer, int expected)
    {
        foreach (var size in (int[])[1, 7, 5000])
        {
            var tally = new UpstreamTally();
            // What came long before is forgotten.
            foreach (var piece in Encoding.UTF8.GetBytes(new string(' ', 20_000) + answer).Chunk(size)) tally.Add(piece);

            Assert.Equal(expected, Used(tally));
        }
    }

    [Theory]
    [InlineData("canceled", false, 12)]
    [InlineData("answered", false, Predicted)]
    [InlineData("error", true, 0)]
    public void Report_OfAStreamThatSaysNothing_IsWhatCameOrWhatWasPredicted(string outcome, bool refused, int expected)
    {
        var tally = new UpstreamTally { IsStream = true, IsRefused = refused, Outcome = outcome };
        tally.AddEvent("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"u8);
        tally.AddEvent("data: {\"choices\":[{\"text\":\"data: 가\"}]}\n\n"u8);
        tally.AddEvent(": ping\n\n"u8);
        tally.AddEvent("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"\\ud83d\"}\n\n"u8);

        Assert.Equal(expected, Used(tally));
    }

    [Theory]
    [InlineData("""{"choices":[{"message":{"content":"\"finish_reason\":\"x\""},"finish_reason":"length","logprobs":null}]}""", "length")]
    [InlineData("""{"choices":[{"finish_reason": null}]}""", null)]
    [InlineData("""{"status":"incomplete","usage":{}}""", "length")]
    [InlineData("""{"status":"completed","usage":{}}""", null)]
    public void FinishReason_OfAWholeAnswer_IsWhatItSays(string answer, string? expected)
    {
        var tally = new UpstreamTally();
        tally.Add(Encoding.UTF8.GetBytes(answer));

        Assert.Equal(expected, tally.FinishReason);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}""", "tool_calls", 4, false)]
    [InlineData("""{"type":"response.incomplete","response":{"status":"incomplete","usage":{"input_tokens":9,"output_tokens":2,"input_tokens_details":{"cached_tokens":4}}}}""", "length", 4, false)]
    [InlineData("""{"type":"response.failed","response":{"status":"failed","usage":null}}""", null, null, true)]
    [InlineData("""{"error":{"message":"out of memory"}}""", null, null, true)]
    public void AddEvent_OfAnEnd_SaysWhyAndWhatWasUsed(string data, string? reason, int? cached, bool failed)
    {
        var tally = new UpstreamTally { IsStream = true };

        Assert.False(tally.AddEvent(Encoding.UTF8.GetBytes($"event: x\ndata: {data}\n\n")));

        Assert.Equal((reason, cached, failed), (tally.FinishReason, tally.Usage?.Cached, tally.HasFailed));
    }

    [Theory]
    [InlineData("/v1/chat/completions", "chat", true)]
    [InlineData("/v1/completions", "text_completion", true)]
    [InlineData("/v1/responses", "chat", true)]
    [InlineData("/v1/embeddings", "embeddings", false)]
    [InlineData("/v1/score", "rerank", false)]
    [InlineData("/v1/tokenize", null, false)]
    public void Read_OfARequest_KnowsWhatIsAsked(string path, string? operation, bool isStream)
    {
        using var document = JsonDocument.Parse(""" {"model":"m","stream":true,"n":3,"max_tokens":7} """);

        var asked = UpstreamRequest.Read(document.RootElement, path);

        Assert.Equal((operation, isStream, "m", 3, 7), (asked.Operation, asked.IsStream, asked.Model, asked.Answers, asked.MaxTokens));
        Assert.Equal(isStream && operation is not null && path.EndsWith("completions", StringComparison.Ordinal), asked.HidesUsage);
    }

    private static int Used(UpstreamTally tally)
    {
        tally.Report(new ServerMetrics(), null, s_asked);
        return tally.Used;
    }
}
