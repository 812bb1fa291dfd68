using System.Net;
using System.Text.Json.Nodes;
using OpenAI.Embeddings;
using OpenAI.Responses;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class OtherEndpointsTests(ServerFixture fixture)
{
    private readonly RunningServer _server = fixture.Server;

    [Fact]
    public async Task Embeddings_WithTheOfficialClient_HaveLengthOneAndFollowTheText()
    {
        var client = _server.OpenAI().GetEmbeddingClient("random");
        var places = (await client.GenerateEmbeddingsAsync(["휴가는 21일이다.", "휴가는 21일이다.", "출장 여비"])).Value;

        Assert.Equal(3, places.Count);
        var vectors = places.Select(place => place.ToFloats().ToArray()).ToArray();
        Assert.All(vectors, vector => Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-5));
        Assert.Equal(vectors[0], vectors[1]);
        Assert.NotEqual(vectors[0], vectors[2]);
        Assert.True(places.Usage.InputTokenCount > 3);
    }

    [Fact]
    public async Task Embeddings_AsManyTextsAsOpenAITakes_AreAllAnswered()
    {
        string Body(int count) => $$"""{"model":"random","encoding_format":"base64","input":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\""))}}]}""";

        Assert.Equal(2048, (await _server.PostOkAsync("/v1/embeddings", Body(2048)))["data"]!.AsArray().Count);
        var (_, error) = await _server.PostFailingAsync("/v1/embeddings", Body(2049));
        Assert.Equal("input", (string?)error["param"]);
    }

    [Fact]
    public async Task Embeddings_LastToken_DiffersFromMeanAndAgreesWithTokenIds()
    {
        var tokens = (await _server.PostOkAsync("/v1/tokenize", """{"model":"random","prompt":"휴가"}"""))["tokens"]!.ToJsonString();
        var text = await _server.PostOkAsync("/v1/embeddings", """{"model":"random","input":"휴가","pooling":"last"}""");
        var ids = await _server.PostOkAsync("/v1/embeddings", $$"""{"model":"random","input":{{tokens}},"pooling":"last"}""");
        var mean = await _server.PostOkAsync("/v1/embeddings", """{"model":"random","input":"휴가"}""");

        Assert.Equal(text["data"]!.ToJsonString(), ids["data"]!.ToJsonString());
        Assert.NotEqual(text["data"]!.ToJsonString(), mean["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Rerank_QueryAmongTheDocuments_ComesFirst()
    {
        var answer = await _server.PostOkAsync("/v1/rerank", """{"model":"random","query":"휴가 일수","documents":["출장 여비","휴가 일수","차량 배차"],"top_n":2,"return_documents":true}""");

        var results = answer["results"]!.AsArray();
        Assert.Equal(2, results.Count);
        Assert.Equal(1, (int)results[0]!["index"]!);
        Assert.Equal(1, (double)results[0]!["relevance_score"]!, 1e-5);
        Assert.Equal("휴가 일수", (string?)results[0]!["document"]!["text"]);
    }

    [Theory]
    [InlineData("/v1/embeddings", """{"model":"random"}""", "input")]
    [InlineData("/v1/embeddings", """{"model":"random","input":[]}""", "input")]
    [InlineData("/v1/embeddings", """{"model":"random","input":["a",""]}""", "input[1]")]
    [InlineData("/v1/embeddings", """{"model":"random","input":[99999]}""", "input")]
    [InlineData("/v1/embeddings", """{"model":"random","input":"a","dimensions":7}""", "dimensions")]
    [InlineData("/v1/embeddings", """{"model":"random","input":"a","pooling":"max"}""", "pooling")]
    [InlineData("/v1/embeddings", """{"model":"random","input":"a","encoding_format":"hex"}""", "encoding_format")]
    [InlineData("/v1/rerank", """{"model":"random","query":"a","documents":[]}""", "documents")]
    [InlineData("/v1/rerank", """{"model":"random","documents":["a"]}""", "query")]
    [InlineData("/v1/tokenize", """{"model":"random"}""", "prompt")]
    [InlineData("/v1/detokenize", """{"model":"random","tokens":[-1]}""", "tokens")]
    [InlineData("/v1/responses", """{"model":"random"}""", "input")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","previous_response_id":"resp_1"}""", "previous_response_id")]
    [InlineData("/v1/responses", """{"model":"random","input":[]}""", "input")]
    [InlineData("/v1/responses", """{"model":"random","input":[{"type":"image"}]}""", "input[0]")]
    [InlineData("/v1/responses", """{"model":"random","input":[{"type":"reasoning"},{"role":"user","content":7}]}""", "input[1].content")]
    [InlineData("/v1/responses", """{"model":"random","input":[{"type":"function_call","call_id":"a"}]}""", "input[0].name")]
    [InlineData("/v1/responses", """{"model":"random","input":[{"type":"function_call_output","call_id":"a","output":5}]}""", "input[0].output")]
    [InlineData("/v1/responses", """{"model":"random","input":[{"type":"item_reference","id":"a"}]}""", "input[0]")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","tools":[{"type":"web_search"}]}""", "tools[0]")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"g"}}""", "tool_choice")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","include":["message.output_text.logprobs"]}""", "include")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","truncation":"middle"}""", "truncation")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","reasoning":{"effort":"much"}}""", "reasoning.effort")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","n":2}""", "n")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","text":{"format":{"type":"xml"}}}""", "text.format")]
    [InlineData("/v1/responses", """{"model":"random","input":"a","text":{"format":{"type":"json_schema","name":"x","schema":{"type":"decimal"}}}}""", "text.format")]
    public async Task Post_FieldThatCannotBe_Is400AndNamesIt(string path, string body, string field)
    {
        var (status, error) = await _server.PostFailingAsync(path, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(field, (string?)error["param"]);
    }

    [Fact]
    public async Task Tokenize_AndBack_GivesTheText()
    {
        var tokens = await _server.PostOkAsync("/v1/tokenize", """{"model":"random","content":"제12조(휴가)","add_special":false,"with_pieces":true}""");
        var text = await _server.PostOkAsync("/detokenize", $$"""{"model":"random","tokens":{{tokens["tokens"]!.ToJsonString()}}}""");

        Assert.Equal((int)tokens["count"]!, tokens["token_strs"]!.AsArray().Count);
        Assert.Equal("제12조(휴가)", (string?)text["content"]);
        var chat = await _server.PostOkAsync("/tokenize", """{"model":"random","messages":[{"role":"user","content":"네?"}]}""");
        Assert.True((int)chat["count"]! > 4);
    }

    [Fact]
    public async Task Responses_WithTheOfficialClient_AnswerAsChatDoes()
    {
        var client = _server.OpenAI().GetResponsesClient();
        var options = new CreateResponseOptions("reciting", [ResponseItem.CreateUserMessageItem("네?")]) { MaxOutputTokenCount = 6 };

        var whole = (await client.CreateResponseAsync(options)).Value;

        Assert.Equal(TinyModels.Recitation[..2], whole.GetOutputText());
        Assert.Equal(ResponseStatus.Incomplete, whole.Status);
        Assert.Equal(6, whole.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task Responses_Streamed_SendsEventsInOrderAndNumbersThem()
    {
        using var stream = await _server.OpenStreamAsync("/v1/responses", """{"model":"ending","input":"네?","instructions":"짧게","stream":true}""");
        var (events, _) = await stream.ReadToEndAsync();

        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(item => (int)item["sequence_number"]!));
        Assert.Equal("response.completed", (string?)events[^1]["type"]);
        Assert.Equal(TinyModels.Recitation, string.Concat(events.Where(item => (string?)item["type"] == "response.output_text.delta").Select(item => (string?)item["delta"])));
        Assert.Equal(TinyModels.Recitation, (string?)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]);
    }
}
