using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>POST /v1/embeddings and POST /v1/rerank: texts as places in the model's space, and documents by how near they are to a query.</summary>
internal static class EmbeddingsEndpoint
{
    private const int MostInputs = 2048;
    private static readonly string[] s_fields = ["model", "input", "encoding_format", "dimensions", "pooling"];
    private static readonly string[] s_rerankFields = ["model", "query", "documents", "top_n", "return_documents", "pooling"];

    /// <summary>Adds the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/embeddings", EmbedAsync);
        routes.MapPost("/v1/rerank", RerankAsync);
    }

    private static async Task EmbedAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.EmbeddingRequest);
        OtherFields.Check(request.Others, s_fields);
        var model = RequestedModel.Find(context, request.Model);
        SamplingReader.Require(request.EncodingFormat is null or "float" or "base64", "encoding_format", request.EncodingFormat, "float or base64");
        SamplingReader.Require(request.Dimensions is null || request.Dimensions == model.Model.Config.HiddenSize, "dimensions", request.Dimensions, $"{model.Model.Config.HiddenSize}, which is what this model has");
        var inputs = Inputs(request.Input, model);
        var places = await ComputeAsync(context, model, inputs, PoolingOf(model, request.Pooling));
        var entries = places.Select((place, i) => new EmbeddingEntry("embedding", i, Value(place, request.EncodingFormat == "base64"))).ToList();
        var tokens = inputs.Sum(input => input.Length);
        await context.Response.WriteAsJsonAsync(new EmbeddingResponse("list", entries, model.Id, new EmbeddingUsage(tokens, tokens)), WireJson.Wire.EmbeddingResponse, contentType: null, context.RequestAborted);
    }

    private static async Task RerankAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync(context, WireJson.Wire.RerankRequest);
        OtherFields.Check(request.Others, s_rerankFields);
        var model = RequestedModel.Find(context, request.Model);
        if (request.Query is not { Length: > 0 } query) throw ApiException.Invalid("query", "'query' is missing or empty; expected a text.", "invalid_value");
        if (request.Documents is not { Count: > 0 and < MostInputs } documents || documents.Any(string.IsNullOrEmpty))
            throw ApiException.Invalid("documents", $"'documents' is missing, empty or holds an empty text; expected 1 to {MostInputs - 1} texts.", "invalid_value");
        SamplingReader.Require(request.TopN is null or >= 1, "top_n", request.TopN, "1 or more");
        var inputs = documents.Prepend(query).Select((text, i) => Checked(model.Model.Tokenizer.Encode(text!, addSpecialTokens: true), i == 0 ? "query" : $"documents[{i - 1}]", model)).ToList();
        var places = await ComputeAsync(context, model, inputs, PoolingOf(model, request.Pooling));
        var results = documents.Select((text, i) => new RerankResult(i, Similarity(places[0], places[i + 1])) { Document = request.ReturnDocuments is true ? new RerankDocument(text!) : null })
            .OrderByDescending(result => result.RelevanceScore).Take(request.TopN ?? documents.Count).ToList();
        var tokens = inputs.Sum(input => input.Length);
        await context.Response.WriteAsJsonAsync(new RerankResponse("list", model.Id, results, new EmbeddingUsage(tokens, tokens)), WireJson.Wire.RerankResponse, contentType: null, context.RequestAborted);
    }

    private static Task<List<float[]>> ComputeAsync(HttpContext context, ServedModel model, List<int[]> inputs, Pooling pooling) =>
        context.RequestServices.GetRequiredService<TextReading>().ReadAsync(context, model, inputs, pooling);

    /// <summary>What is asked for, else what the model was made for.</summary>
    private static Pooling PoolingOf(ServedModel model, string? name)
    {
        Pooling? asked = name switch
        {
            null => null,
            "mean" => Pooling.Mean,
            "last" => Pooling.Last,
            _ => throw ApiException.Invalid("pooling", $"'pooling' is '{name}'; expected mean or last.", "invalid_value"),
        };
        try
        {
            return model.Model.PoolingOf(asked);
        }
        catch (UserInputException e)
        {
            throw ApiException.Invalid("pooling", e.Message, "invalid_value");
        }
    }

    private static List<int[]> Inputs(JsonElement? input, ServedModel model)
    {
        if (input is not { ValueKind: not JsonValueKind.Null } given) throw ApiException.Invalid("input", "'input' is missing; expected a text or an array of texts.", "invalid_value");
        var several = given.ValueKind == JsonValueKind.Array && given.GetArrayLength() > 0 && given[0].ValueKind is JsonValueKind.String or JsonValueKind.Array;
        if (several) SamplingReader.Require(given.GetArrayLength() <= MostInputs, "input", $"{given.GetArrayLength()} texts", $"at most {MostInputs}");
        IEnumerable<JsonElement> each = several ? given.EnumerateArray() : [given];
        return [.. each.Select((one, i) => Checked(Tokens(one, several ? $"input[{i}]" : "input", model), several ? $"input[{i}]" : "input", model))];
    }

    private static int[] Tokens(JsonElement input, string place, ServedModel model)
    {
        if (input.ValueKind != JsonValueKind.Array) return model.Model.Tokenizer.Encode(RequestBody.Text(input, place), addSpecialTokens: true);
        return [.. input.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) ? id : throw ApiException.Invalid(place, $"'{place}' holds {RequestBody.Kind(item)}; expected token ids.", "invalid_type"))];
    }

    private static int[] Checked(int[] tokens, string place, ServedModel model)
    {
        if (tokens.Length == 0) throw ApiException.Invalid(place, $"'{place}' is empty; expected a text.", "invalid_value");
        if (tokens.Any(id => id < 0 || id >= model.Model.Config.VocabularySize)) throw ApiException.Invalid(place, $"'{place}' holds a token id that the model does not have; expected 0 to {model.Model.Config.VocabularySize - 1}.", "invalid_value");
        return tokens.Length <= model.Model.ContextLength ? tokens
            : throw ApiException.Invalid(place, $"'{place}' has {tokens.Length} tokens; this model's context is {model.Model.ContextLength} tokens. Shorten it.", "context_length_exceeded");
    }

    private static JsonElement Value(float[] place, bool base64)
    {
        JsonNode node = base64 ? JsonValue.Create(Convert.ToBase64String(MemoryMarshal.AsBytes(place.AsSpan()))) : new JsonArray([.. place.Select(value => (JsonNode)JsonValue.Create(value))]);
        return JsonDocument.Parse(node.ToJsonString()).RootElement;
    }

    private static double Similarity(float[] a, float[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
