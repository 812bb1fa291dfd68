using System.Net;
using System.Text.Json.Nodes;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class ModelsEndpointTests(ServerFixture fixture)
{
    private readonly RunningServer _server = fixture.Server;

    [Fact]
    public async Task List_OpenAIClient_NamesEveryModel()
    {
        var models = await _server.OpenAI().GetOpenAIModelClient().GetModelsAsync();

        Assert.Equal(fixture.Models.Select(model => model.Id), models.Value.Select(model => model.Id));
        Assert.All(models.Value, model => Assert.Equal("geobuk", model.OwnedBy));
    }

    [Fact]
    public async Task Get_KnownModel_TellsContextAndTemplate()
    {
        var model = JsonNode.Parse(await _server.Http.GetStringAsync($"/v1/models/{ServerFixture.WithoutTemplate}"))!;

        Assert.Equal(TinyModels.Context, (int)model["max_model_len"]!);
        Assert.False((bool)model["has_chat_template"]!);
        Assert.True((long)model["parameters"]! > 1000);
    }

    [Fact]
    public async Task Get_UnknownModel_Is404InOpenAIShape()
    {
        using var response = await _server.Http.GetAsync("/v1/models/gpt-4o");
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("model_not_found", (string?)error["code"]);
        Assert.Contains("random", (string?)error["message"]);
    }

    [Fact]
    public async Task Health_AskedForItsHeadOnly_Is200()
    {
        using var answer = await _server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health"));

        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Health_RunningServer_IsOk()
    {
        var health = JsonNode.Parse(await _server.Http.GetStringAsync("/health"))!;

        Assert.Equal("ok", (string?)health["status"]);
        Assert.Equal(fixture.Models.Count, health["models"]!.AsArray().Count);
    }
}
