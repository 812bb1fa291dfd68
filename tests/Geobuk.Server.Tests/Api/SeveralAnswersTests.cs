using System.Net;
using System.Text.Json.Nodes;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

/// <summary>Requests for more than one answer: n, and several prompts.</summary>
[Collection(ServerCollection.Name)]
public sealed class SeveralAnswersTests(ServerFixture fixture)
{
    private const string Chat = "/v1/chat/completions";
    private const string Text = "/v1/completions";
    private const string Question = """{"model":"random","messages":[{"role":"user","content":"휴가는 며칠입니까?"}],"temperature":1.2,"max_tokens":20""";
    private readonly RunningServer _server = fixture.Server;

    [Fact]
    public async Task Chat_SeveralChoices_EqualRequestsWithTheSeedsThatFollow()
    {
        var three = await _server.PostOkAsync(Chat, Question + ""","seed":7,"n":3,"logprobs":true}""");
        var single = new List<JsonNode>();
        for (var seed = 7; seed < 10; seed++) single.Add(await _server.PostOkAsync(Chat, Question + $$""","seed":{{seed}},"logprobs":true}"""));

        Assert.Equal([0, 1, 2], three["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal(single.Select(answer => answer["choices"]![0]!["message"]!.ToJsonString()), three["choices"]!.AsArray().Select(choice => choice!["message"]!.ToJsonString()));
        Assert.Equal(single.Select(answer => answer["choices"]![0]!["logprobs"]!.ToJsonString()), three["choices"]!.AsArray().Select(choice => choice!["logprobs"]!.ToJsonString()));
        Assert.Equal(3, single.Select(answer => answer["choices"]![0]!["message"]!.ToJsonString()).Distinct().Count());
        Assert.Equal((int)single[0]["usage"]!["prompt_tokens"]!, (int)three["usage"]!["prompt_tokens"]!);
        Assert.Equal(single.Sum(answer => (int)answer["usage"]!["completion_tokens"]!), (int)three["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Chat_SeveralChoicesStreamed_SendEachUnderItsIndex()
    {
        var whole = await _server.PostOkAsync(Chat, Question + ""","seed":7,"n":3}""");
        using var stream = await _server.OpenStreamAsync(Chat, Question + ""","seed":7,"n":3,"stream":true,"stream_options":{"include_usage":true}}""");
        var (events, done) = await stream.ReadToEndAsync();

        Assert.True(done);
        Assert.Equal(whole["usage"]!["total_tokens"]!.ToJsonString(), events[^1]["usage"]!["total_tokens"]!.ToJsonString());
        var choices = events[..^1].ToLookup(item => (int)item["choices"]![0]!["index"]!, item => item["choices"]![0]!);
        Assert.Equal(3, choices.Count);
        foreach (var choice in whole["choices"]!.AsArray())
        {
            var mine = choices[(int)choice!["index"]!].ToList();
            Assert.Equal((string?)choice["message"]!["content"], string.Concat(mine.Select(item => (string?)item["delta"]!["content"])));
            Assert.Equal((string?)choice["finish_reason"], (string?)Assert.Single(mine, item => item["finish_reason"] is not null)["finish_reason"]);
        }
    }

    [Fact]
    public async Task Chat_SeveralChoicesThatMustCall_EachCall()
    {
        var answer = await _server.PostOkAsync(Chat, Question.Replace("20", "200") + """
            ,"seed":3,"n":2,"tool_choice":"required","tools":[{"type":"function","function":{"name":"leave","parameters":{"type":"object","properties":{"days":{"type":"integer","minimum":1,"maximum":21}},"required":["days"]}}}]}
            """);

        var calls = answer["choices"]!.AsArray().Select(choice => Assert.Single(choice!["message"]!["tool_calls"]!.AsArray())!).ToList();
        Assert.All(calls, call => Assert.InRange((int)JsonNode.Parse((string)call["function"]!["arguments"]!)!["days"]!, 1, 21));
        Assert.Equal(2, calls.Select(call => (string?)call["id"]).Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_SeveralPrompts_EqualOneAfterTheOther(bool asTokens)
    {
        string[] prompts = ["휴가는", "제12조(휴가의", "國防"];
        const string More = ""","temperature":1,"seed":4,"max_tokens":12,"n":2,"logprobs":1}""";
        string Prompt(string text) => asTokens ? $"[{string.Join(',', fixture.Models[0].Model.Tokenizer.Encode(text, addSpecialTokens: true))}]" : $"\"{text}\"";

        var together = await _server.PostOkAsync(Text, $$"""{"model":"random","prompt":[{{string.Join(',', prompts.Select(Prompt))}}]{{More}}""");
        var single = new List<JsonNode>();
        foreach (var prompt in prompts) single.Add(await _server.PostOkAsync(Text, $$"""{"model":"random","prompt":{{Prompt(prompt)}}{{More}}"""));

        Assert.Equal(Enumerable.Range(0, 6), together["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal(single.SelectMany(answer => answer["choices"]!.AsArray()).Select(Content), together["choices"]!.AsArray().Select(Content));
        foreach (var count in new[] { "prompt_tokens", "completion_tokens" })
            Assert.Equal(single.Sum(answer => (int)answer["usage"]![count]!), (int)together["usage"]![count]!);

        static string Content(JsonNode? choice) => $"{choice!["text"]} {choice["finish_reason"]} {choice["logprobs"]!.ToJsonString()}";
    }

    [Fact]
    public async Task MoreAnswersThanPlaces_AreRefusedAndNotPutOff()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 1, QueueLimit = 1 });

        var (status, error) = await server.PostFailingAsync(Chat, Question + ",\"n\":3}");
        Assert.Equal((HttpStatusCode.BadRequest, "n"), (status, (string?)error["param"]));
        Assert.Contains("at most 2", (string?)error["message"]);
        (status, error) = await server.PostFailingAsync(Text, """{"model":"random","prompt":["a","b","c"]}""");
        Assert.Equal((HttpStatusCode.BadRequest, "prompt"), (status, (string?)error["param"]));

        // One place, and one to wait in: two answers come one after the other.
        Assert.Equal(2, (await server.PostOkAsync(Chat, Question + ",\"n\":2}"))["choices"]!.AsArray().Count);
        Assert.Contains("geobuk_requests_total{outcome=\"", await server.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task FullHouse_TakesAllAnswersOrNone()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 2, QueueLimit = 0 });
        using (await server.OpenStreamAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}"""))
        {
            using var refused = await server.PostAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":3,"n":2}""");
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            await server.WaitForAsync(running: 1);
        }
        await server.WaitForAsync(running: 0);
        Assert.Equal(2, (await server.PostOkAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":3,"n":2}"""))["choices"]!.AsArray().Count);
    }

    [Fact]
    public async Task ClientHangsUp_AllItsAnswersStop()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, Parallel = 2, QueueLimit = 4 });
        using (await server.OpenStreamAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":16000,"n":4,"stream":true}""")) await server.WaitForAsync(running: 2, waiting: 2);

        await server.WaitForAsync(running: 0);

        Assert.Contains("geobuk_requests_total{outcome=\"canceled\"} 2\n", await server.Http.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task KeyWithConcurrency_CountsAnswers()
    {
        var keys = Path.Combine(fixture.FolderOf("random"), "keys-of-several-answers.txt");
        await File.WriteAllTextAsync(keys, "first-key-of-the-test name=a role=user concurrent=2\n");
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true, ApiKeysFile = keys });
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", "first-key-of-the-test");

        var (status, error) = await server.PostFailingAsync(Text, """{"model":"random","prompt":"네?","n":3}""");
        Assert.Equal((HttpStatusCode.BadRequest, "n"), (status, (string?)error["param"]));
        using (await server.OpenStreamAsync(Text, """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}"""))
        {
            using var second = await server.PostAsync(Text, """{"model":"random","prompt":"네?","n":2}""");
            Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
            Assert.Single((await server.PostOkAsync(Text, """{"model":"random","prompt":"네?"}"""))["choices"]!.AsArray());
        }
        await server.WaitForAsync(running: 0);
        Assert.Equal(2, (await server.PostOkAsync(Text, """{"model":"random","prompt":"네?","n":2}"""))["choices"]!.AsArray().Count);
    }
}
