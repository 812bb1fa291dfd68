using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>Body of POST /v1/embeddings. The input is a string, token ids, or an array of either.</summary>
internal sealed record EmbeddingRequest(string? Model, JsonElement? Input, string? EncodingFormat, int? Dimensions, string? Pooling)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>Its answer.</summary>
internal sealed record EmbeddingResponse(string Object, IReadOnlyList<EmbeddingEntry> Data, string Model, EmbeddingUsage Usage);

/// <summary>One input's place: an array of numbers, or the numbers' bytes in base64.</summary>
internal sealed record EmbeddingEntry(string Object, int Index, JsonElement Embedding);

/// <summary>Tokens read.</summary>
internal sealed record EmbeddingUsage(int PromptTokens, int TotalTokens);

/// <summary>Body of POST /v1/rerank.</summary>
internal sealed record RerankRequest(string? Model, string? Query, IReadOnlyList<string?>? Documents, int? TopN, bool? ReturnDocuments, string? Pooling)
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>Its answer, most relevant first.</summary>
internal sealed record RerankResponse(string Object, string Model, IReadOnlyList<RerankResult> Results, EmbeddingUsage Usage);

/// <summary>A document by its place in the request, with its similarity to the query, -1 to 1.</summary>
internal sealed record RerankResult(int Index, double RelevanceScore)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RerankDocument? Document { get; init; }
}

/// <summary>A document given back.</summary>
internal sealed record RerankDocument(string Text);
