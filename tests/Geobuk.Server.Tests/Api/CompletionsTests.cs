using System.Text.Json.Nodes;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class CompletionsTests(ServerFixture fixture)
{
    private readonly RunningServer _server = fixture.Server;

    [Fact]
    public async Task Complete_NoLength_GivesSixteenTokens()
    {
        var answer = await _server.PostOkAsync("/v1/completions", """{"model":"reciting","prompt":"네?"}""");

        Assert.Equal("text_completion", (string?)answer["object"]);
        Assert.Matches("^geobuk-[^ ]+$", (string?)answer["system_fingerprint"]);
        Assert.Equal(16, (int)answer["usage"]!["completion_tokens"]!);
        Assert.Equal(4, (int)answer["usage"]!["prompt_tokens"]!);
    }

    [Fact]
    public async Task Complete_StreamedAndNot_GivesOneText()
    {
        const string Body = """{"model":"random","prompt":"질문: 정기 휴가는 며칠입니까?\n답:","temperature":0.9,"top_k":40,"top_p":0.95,"min_p":0.01,"repetition_penalty":1.1,"seed":5,"max_tokens":30""";

        var whole = await _server.PostOkAsync("/v1/completions", Body + "}");
        using var stream = await _server.OpenStreamAsync("/v1/completions", Body + ",\"stream\":true,\"echo\":true}");
        var (events, done) = await stream.ReadToEndAsync();

        Assert.True(done);
        Assert.Equal(Text(whole), string.Concat(events.Select(Text)));
        Assert.Equal((string?)whole["choices"]![0]!["finish_reason"], (string?)events[^1]["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task Complete_ModelWithoutTemplate_Answers()
    {
        var answer = await _server.PostOkAsync("/v1/completions", """{"model":"without-template","prompt":["정기 휴가는"],"max_tokens":5}""");

        Assert.Equal(5, (int)answer["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Complete_TokenIds_EqualTheirText()
    {
        var text = await _server.PostOkAsync("/v1/completions", """{"model":"random","prompt":"AB","temperature":0}""");
        var a = fixture.Models[0].Model.Tokenizer.Encode("AB");
        var ids = await _server.PostOkAsync("/v1/completions", $$"""{"model":"random","prompt":[{{string.Join(',', a)}}],"temperature":0}""");

        Assert.Equal(Text(text), Text(ids));
        Assert.Equal(a.Length, (int)ids["usage"]!["prompt_tokens"]!);
    }

    [Fact]
    public async Task Complete_Echo_PutsThePromptFirst()
    {
        var answer = await _server.PostOkAsync("/v1/completions", """{"model":"reciting","prompt":"휴가는 ","max_tokens":3,"echo":true}""");

        Assert.Equal("휴가는 " + TinyModels.Recitation[..1], Text(answer));
    }

    [Fact]
    public async Task Complete_StopAsOneString_EndsBeforeIt()
    {
        var answer = await _server.PostOkAsync("/v1/completions", $$"""{"model":"reciting","prompt":"네?","max_tokens":60,"stop":"{{TinyModels.Recitation[4..6]}}"}""");

        Assert.Equal(TinyModels.Recitation[..4], Text(answer));
        Assert.Equal("stop", (string?)answer["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task Complete_LogProbs_HasFourArraysOfOneLength()
    {
        var answer = await _server.PostOkAsync("/v1/completions", """{"model":"random","prompt":"제12조(휴가)","temperature":0,"max_tokens":10,"logprobs":2}""");

        var logProbs = answer["choices"]![0]!["logprobs"]!;
        Assert.All(["tokens", "token_logprobs", "top_logprobs", "text_offset"], name => Assert.Equal(10, logProbs[name]!.AsArray().Count));
        Assert.All(logProbs["token_logprobs"]!.AsArray(), value => Assert.InRange((double)value!, -50, 0));
        Assert.All(logProbs["top_logprobs"]!.AsArray(), top => Assert.InRange(top!.AsObject().Count, 1, 2));
        Assert.Equal((string?)logProbs["tokens"]![0], logProbs["top_logprobs"]![0]!.AsObject().First().Key);
    }

    [Fact]
    public async Task Complete_LogProbsOfCutCharacters_ShowBytesAndCountCharacters()
    {
        var answer = await _server.PostOkAsync("/v1/completions", """{"model":"reciting","prompt":"네?","max_tokens":6,"logprobs":0}""");

        var logProbs = answer["choices"]![0]!["logprobs"]!;
        Assert.Equal(@"bytes:\xec", (string?)logProbs["tokens"]![0]);
        Assert.Equal([0, 1, 1, 1, 2, 2], logProbs["text_offset"]!.AsArray().Select(offset => (int)offset!));
    }

    [Fact]
    public async Task Complete_EchoWithLogProbs_SaysOfEveryPromptTokenWhatItsGenerationSaid()
    {
        const string Prompt = "제12조(휴가)";
        var generated = (await _server.PostOkAsync("/v1/completions", $$"""{"model":"random","prompt":"{{Prompt}}","temperature":0,"max_tokens":10,"logprobs":2}"""))["choices"]![0]!;
        // Its tokens again, this time as a prompt: as ids, for noise need not be whole characters.
        var tokenizer = fixture.Models[0].Model.Tokenizer;
        var before = tokenizer.Encode(Prompt, addSpecialTokens: true);
        var ids = fixture.Models[0].Engine.Generate(before, new Geobuk.Inference.Sampling.SamplingParameters { MaxTokens = 10 }).Select(token => token.Id).ToArray();

        var echoed = (await _server.PostOkAsync("/v1/completions", $$"""{"model":"random","prompt":[{{string.Join(',', before.Concat(ids))}}],"temperature":0,"max_tokens":1,"logprobs":2,"echo":true}"""))["choices"]![0]!;

        var logProbs = echoed["logprobs"]!;
        Assert.All(["tokens", "token_logprobs", "top_logprobs", "text_offset"], name => Assert.Equal(before.Length + 11, logProbs[name]!.AsArray().Count));
        Assert.Null(logProbs["token_logprobs"]![0]);
        Assert.Null(logProbs["top_logprobs"]![0]);
        foreach (var name in new[] { "tokens", "token_logprobs", "top_logprobs" })
            Assert.Equal(generated["logprobs"]![name]!.AsArray().Select(Json), logProbs[name]!.AsArray().Skip(before.Length).Take(10).Select(Json));
        Assert.StartsWith(Prompt, (string?)echoed["text"]);
        // Where the tokens are whole characters, each stands where its offset says.
        for (var i = 0; i < before.Length; i++)
            if ((string)logProbs["tokens"]![i]! is var token && !token.StartsWith("bytes:", StringComparison.Ordinal))
                Assert.StartsWith(token, ((string)echoed["text"]!)[(int)logProbs["text_offset"]![i]!..]);

        // A client that only wants to know how likely a text is asks for no token more.
        var alone = await _server.PostOkAsync("/v1/completions", $$"""{"model":"random","prompt":[{{string.Join(',', before.Concat(ids))}}],"max_tokens":0,"logprobs":2,"echo":true}""");
        Assert.Equal(logProbs["token_logprobs"]!.AsArray().SkipLast(1).Select(Json), alone["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray().Select(Json));
        Assert.Equal(0, (int)alone["usage"]!["completion_tokens"]!);

        static string? Json(JsonNode? node) => node?.ToJsonString();
    }

    [Fact]
    public async Task Complete_EchoWithLogProbsStreamed_BeginsWithThePrompt()
    {
        const string Body = """{"model":"random","prompt":["휴가는 ","여비는 "],"temperature":0,"max_tokens":4,"logprobs":1,"echo":true,"n":2""";
        var whole = await _server.PostOkAsync("/v1/completions", Body + "}");
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent(Body + ",\"stream\":true}", System.Text.Encoding.UTF8, "application/json") };
        using var response = await _server.Http.SendAsync(request);
        var events = (await response.Content.ReadAsStringAsync()).Split("\n\n").Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!).ToList();

        foreach (var choice in whole["choices"]!.AsArray())
        {
            var mine = events.Where(item => (int)item["index"]! == (int)choice!["index"]!).ToList();
            Assert.Equal((int)choice!["index"]! < 2 ? "휴가는 " : "여비는 ", (string?)mine[0]["text"]);
            Assert.Equal((string?)choice["text"], string.Concat(mine.Select(item => (string?)item["text"])));
            foreach (var name in new[] { "tokens", "token_logprobs", "text_offset" })
                Assert.Equal(choice["logprobs"]![name]!.ToJsonString(), new JsonArray([.. mine.SelectMany(item => item["logprobs"]![name]!.AsArray()).Select(item => item?.DeepClone())]).ToJsonString());
        }
    }

    private static string Text(JsonNode answer) => (string)answer["choices"]![0]!["text"]!;
}
